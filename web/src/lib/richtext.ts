// The editor of rich text; everything of TipTap is behind this file, in a chunk of its own. What is kept is HTML, as docs/model.md says.
// HTML comes in as nodes only (lib/purify.ts): ProseMirror's own parser of the clipboard, which takes strings, is never reached.
import { Editor, getSchema, type AnyExtension, type JSONContent } from '@tiptap/core';
import { Image } from '@tiptap/extension-image';
import { Table, TableCell, TableHeader, TableRow } from '@tiptap/extension-table';
import { TextAlign } from '@tiptap/extension-text-align';
import { Placeholder } from '@tiptap/extensions';
import { DOMParser, DOMSerializer, type Node, type Schema } from '@tiptap/pm/model';
import { TextSelection } from '@tiptap/pm/state';
import type { EditorView } from '@tiptap/pm/view';
import { StarterKit } from '@tiptap/starter-kit';
import { looksLikeMarkdown, markdownOf } from './markdown';
import { cleaned } from './paste';
import { fragmentOf, isOurs, removed } from './purify';

/** A cell says how wide it is only when it is. */
const span = (name: 'colspan' | 'rowspan') => ({
  default: 1,
  parseHTML: (element: HTMLElement) => Number(element.getAttribute(name) ?? 1) || 1,
  renderHTML: (given: Record<string, unknown>) => (given[name] === 1 ? {} : { [name]: given[name] }),
});
const spans = { colspan: span('colspan'), rowspan: span('rowspan') };

/** Pictures of our own are shown; those of other hosts are named, nothing is fetched from there. */
const Picture = Image.extend({
  addNodeView() {
    return ({ node }) => {
      const { src, alt, title } = node.attrs as Record<string, string | null>;
      if (src && isOurs(src)) {
        const image = document.createElement('img');
        image.src = src;
        image.alt = alt ?? '';
        if (title) image.title = title;
        return { dom: image };
      }
      const words = document.createElement('span');
      words.className = 'elsewhere';
      words.textContent = `${alt ?? ''} ${src ?? ''}`.trim();
      return { dom: words };
    };
  },
});

const extensions = (placeholder: string): AnyExtension[] => [
  StarterKit.configure({
    heading: { levels: [1, 2, 3, 4, 5, 6] },
    link: { openOnClick: false, autolink: true, linkOnPaste: false, defaultProtocol: 'https', HTMLAttributes: { target: null, rel: null, class: null } },
    // It would put a paragraph behind what is kept.
    trailingNode: false,
    dropcursor: { color: 'currentcolor', width: 2 },
  }),
  Picture.configure({ inline: true, allowBase64: true }),
  Table.extend({ renderHTML: ({ HTMLAttributes }) => ['table', { class: HTMLAttributes.class as string | undefined }, ['tbody', 0]] }).configure({ resizable: false }),
  TableRow,
  TableCell.extend({ addAttributes: () => spans }),
  TableHeader.extend({ addAttributes: () => spans }),
  TextAlign.configure({ types: ['heading', 'paragraph'] }),
  Placeholder.configure({ placeholder }),
];

let known: Schema | undefined;
const schema = (): Schema => (known ??= getSchema(extensions('')));

const docOf = (fragment: DocumentFragment): Node => DOMParser.fromSchema(schema()).parse(fragment);

/** An empty text is no text. */
export function htmlOf(doc: Node): string {
  if (doc.childCount === 0 || (doc.childCount === 1 && doc.firstChild?.type.name === 'paragraph' && doc.firstChild.childCount === 0)) return '';
  const elsewhere = document.implementation.createHTMLDocument('');
  const box = elsewhere.createElement('div');
  box.append(DOMSerializer.fromSchema(doc.type.schema).serializeFragment(doc.content, { document: elsewhere }));
  return box.innerHTML;
}

const synonyms: Record<string, string> = { b: 'strong', i: 'em', del: 's', strike: 's' };
// They stand for nothing that a reader sees.
const silent = new Set(['tbody', 'thead', 'tfoot', 'colgroup', 'col', 'p', 'br']);

function inventory(root: ParentNode): Map<string, number> {
  const found = new Map<string, number>();
  const note = (what: string): void => void found.set(what, (found.get(what) ?? 0) + 1);
  for (const element of root.querySelectorAll('*')) {
    const own = element.nodeName.toLowerCase();
    const name = synonyms[own] ?? own;
    if (!silent.has(name) && !(name === 'span' && element.attributes.length === 0)) note(`<${name}>`);
    for (const { name: attribute, value } of element.attributes) {
      if (attribute === 'style') for (const rule of value.split(';')) {
        const property = rule.split(':')[0]?.trim();
        if (property) note(`style: ${property}`);
      }
      else if (!((attribute === 'colspan' || attribute === 'rowspan') && value === '1')) note(attribute);
    }
  }
  return found;
}

/** The document of a text, and what of it this editor does not know and would lose. */
export function read(html: string): { content: JSONContent; lost: string[] } {
  const fragment = fragmentOf(html);
  const taken = removed();
  const before = inventory(fragment);
  const doc = docOf(fragment);
  const box = document.implementation.createHTMLDocument('').createElement('div');
  box.append(DOMSerializer.fromSchema(schema()).serializeFragment(doc.content, { document: box.ownerDocument }));
  const after = inventory(box);
  const lost = [...before].filter(([what, count]) => (after.get(what) ?? 0) < count).map(([what]) => what);
  return { content: doc.toJSON() as JSONContent, lost: [...new Set([...taken, ...lost])] };
}

export interface Opened {
  element: HTMLElement;
  content: JSONContent;
  placeholder: string;
  editable: boolean;
  attributes: Record<string, string>;
  /** A key that the menu or the toolbar wants; true: it was theirs. */
  onkey: (event: KeyboardEvent) => boolean;
  /** Pictures that were pasted or dropped. */
  onfiles: (files: File[], at: number) => void;
  onchange: () => void;
  onstate: () => void;
  onblur: () => void;
}

/** Line ends between blocks are no text. */
function withoutGaps(fragment: DocumentFragment): DocumentFragment {
  for (const parent of [fragment, ...fragment.querySelectorAll('ul, ol, table, thead, tbody, tr, blockquote')])
    for (const node of [...parent.childNodes]) if (node.nodeType === 3 && !node.textContent?.trim() && (parent !== fragment || fragment.querySelector('p, ul, ol, table, h1, h2, h3, h4, pre, blockquote'))) node.remove();
  return fragment;
}

function insert(view: EditorView, fragment: DocumentFragment): void {
  const slice = DOMParser.fromSchema(view.state.schema).parseSlice(withoutGaps(fragment));
  view.dispatch(view.state.tr.replaceSelection(slice).scrollIntoView().setMeta('paste', true));
}

const picturesIn = (data: DataTransfer): File[] => [...data.files].filter((file) => file.type.startsWith('image/'));
const isAddress = (text: string): boolean => /^https?:\/\/\S+$/i.test(text.trim());

/** True when it is done; else ProseMirror sees to it, and that only ever gets plain text. */
function take(view: EditorView, data: DataTransfer, at: number, plain: boolean, onfiles: Opened['onfiles']): boolean {
  const html = plain ? '' : data.getData('text/html');
  const text = data.getData('text/plain');
  const pictures = picturesIn(data);
  const onlyPicture = html !== '' && !html.replace(/<(?!img)[^>]*>/gi, '').trim().replace(/^<img[^>]*>$/i, '');
  if (pictures.length && (!html || onlyPicture)) {
    onfiles(pictures, at);
    return true;
  }
  if (view.state.selection.$from.parent.type.spec.code) {
    view.dispatch(view.state.tr.insertText(text.replace(/\r\n?/g, '\n')).scrollIntoView());
    return true;
  }
  const link = view.state.schema.marks.link;
  if (link && isAddress(text) && !view.state.selection.empty) {
    const { from, to } = view.state.selection;
    view.dispatch(view.state.tr.addMark(from, to, link.create({ href: text.trim() })));
    return true;
  }
  if (html) {
    insert(view, cleaned(fragmentOf(html)));
    return true;
  }
  if (!plain && looksLikeMarkdown(text)) {
    insert(view, markdownOf(text));
    return true;
  }
  return text === '';
}

export function open(how: Opened): Editor {
  let shift = false;
  /** After Escape the next Tab leaves the text, also out of a list or a table. */
  let leaving = false;
  return new Editor({
    element: how.element,
    extensions: extensions(how.placeholder),
    content: how.content,
    editable: how.editable,
    injectCSS: false,
    editorProps: {
      attributes: how.attributes,
      handleKeyDown: (_view, event) => how.onkey(event),
      handleDOMEvents: {
        keydown: (_view, event) => {
          shift = event.shiftKey;
          if (event.key === 'Tab' && leaving) return true;
          leaving = event.key === 'Escape';
          return false;
        },
        paste: (view, event) => {
          if (!event.clipboardData || !take(view, event.clipboardData, view.state.selection.from, shift, how.onfiles)) return false;
          event.preventDefault();
          return true;
        },
        drop: (view, event) => {
          // What is moved within the text has a slice of its own.
          if (!event.dataTransfer || view.dragging) return false;
          const at = view.posAtCoords({ left: event.clientX, top: event.clientY })?.pos ?? view.state.selection.from;
          view.dispatch(view.state.tr.setSelection(TextSelection.near(view.state.doc.resolve(at))));
          if (!take(view, event.dataTransfer, at, false, how.onfiles)) return false;
          event.preventDefault();
          return true;
        },
      },
    },
    onUpdate: how.onchange,
    onTransaction: how.onstate,
    onBlur: how.onblur,
  });
}
