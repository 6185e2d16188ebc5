// Every text is said in every language, with the same names in it, and nothing visible goes around t().
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parse } from 'svelte/compiler';
import { describe, expect, it } from 'vitest';
import { namesIn } from '../lib/message';

const source = join(import.meta.dirname, '..');
const files = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? files(join(folder, entry.name)) : [join(folder, entry.name)]));
const all = files(source).filter((path) => /\.(svelte|ts)$/.test(path) && !/\.test\.ts$|Harness/.test(path));

/** t('…'), m('…') and their like with a literal; quotes and escapes as TypeScript reads them. */
const calls = /(?<![\w.$])(?:t|m|texts\.say)\(\s*('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`\\$]|\\.)*`)/g;
const unquoted = (literal: string): string => literal.slice(1, -1).replace(/\\(['"`\\])/g, '$1').replace(/\\n/g, '\n');
const used = new Map<string, string>();
for (const path of all) for (const [, literal] of readFileSync(path, 'utf8').matchAll(calls)) used.set(unquoted(literal!), relative(source, path));

describe.each(['de', 'fr', 'es'])('%s', (language) => {
  const said = new Map<string, string>();
  const twice: string[] = [];
  for (const path of files(join(source, 'messages', language)))
    for (const [key, value] of Object.entries(JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>)) {
      if (said.has(key) && said.get(key) !== value) twice.push(key);
      said.set(key, value);
    }
  it('says everything', () => {
    expect([...used].filter(([text]) => !said.has(text)).map(([text, path]) => `${path}: ${text}`)).toEqual([]);
  });
  it('says nothing in two ways', () => expect(twice).toEqual([]));
  it('says nothing that nobody asks for', () => expect([...said.keys()].filter((text) => !used.has(text))).toEqual([]));
  it('has the same names in each text', () => {
    expect([...said].filter(([text, value]) => namesIn(text).join() !== namesIn(value).join()).map(([text]) => text)).toEqual([]);
  });
});

describe('what is seen', () => {
  const quiet = new Set(['code', 'kbd', 'pre', 'style', 'script', 'title']);
  const spoken = new Set(['aria-label', 'title', 'placeholder', 'alt', 'label', 'text', 'help', 'aria-description', 'caption', 'verb']);
  const words = /\p{L}{2,}/u;
  type Node = { type: string; name?: string; data?: string; value?: unknown; attributes?: Node[]; [key: string]: unknown };
  // What is the same in every language: names, paths, variables.
  const names = /^(\$\w+|https:\/\/|\/[a-z/]+|Vitrine|GraphQL|REST|JSON|API|URL|ID|PEM|DER|CRL|OCSP|ACME|CSV|NDJSON|SHA-256|curl|Markdown|HTML|CORS|\W|\d|[A-Z]{2,5})+$/;
  const faults: string[] = [];
  const walk = (node: unknown, path: string, muted: boolean): void => {
    if (Array.isArray(node)) return node.forEach((one) => walk(one, path, muted));
    if (typeof node !== 'object' || node === null) return;
    const { type, name, data, attributes, ...rest } = node as Node;
    if (type === 'Text' && typeof data === 'string' && !muted && words.test(data) && !names.test(data.trim())) faults.push(`${path}: ${data.trim()}`);
    for (const attribute of attributes ?? [])
      if (attribute.type === 'Attribute' && spoken.has(attribute.name ?? '') && Array.isArray(attribute.value))
        for (const part of attribute.value as Node[])
          if (part.type === 'Text' && typeof part.data === 'string' && words.test(part.data) && !names.test(part.data.trim())) faults.push(`${path}: ${attribute.name}="${part.data}"`);
    const hush = muted || type === 'Attribute' || (typeof name === 'string' && quiet.has(name));
    for (const child of Object.values(rest)) walk(child, path, hush);
  };
  it('is said by t()', () => {
    for (const path of all.filter((one) => one.endsWith('.svelte'))) walk(parse(readFileSync(path, 'utf8'), { modern: true }).fragment, relative(source, path), false);
    expect(faults).toEqual([]);
  }, 120_000); // it reads every component
});
