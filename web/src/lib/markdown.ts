// Markdown for the preview of a field and for what is pasted.
import { marked } from 'marked';
import { fragmentOf } from './purify';

export const markdownOf = (text: string): DocumentFragment => fragmentOf(marked.parse(text, { async: false, gfm: true }));

const signs = [/^#{1,6} \S/m, /^\s*[-*+] \S.*\n\s*[-*+] \S/m, /^\s*\d+\. \S.*\n\s*\d+\. \S/m, /^> \S/m, /^```/m, /\*\*[^*\n]+\*\*/, /\[[^\]\n]+\]\([^)\s]+\)/, /^\|.+\|\s*\n\|[\s:|-]+\|/m];

/** Whether somebody meant a text as Markdown: a heading, a list, a link are no accident. */
export const looksLikeMarkdown = (text: string): boolean => signs.some((sign) => sign.test(text));
