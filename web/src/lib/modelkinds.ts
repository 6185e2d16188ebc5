// The kinds of docs/model.md, as the model builder offers them: what each is, an example of its value, which keys it knows.
import { m } from './text.svelte';

export type KindFamily = 'words' | 'values' | 'links' | 'structures' | 'secrets';

export interface Kind {
  kind: string;
  label: string;
  info: string;
  family: KindFamily;
  /** A value as it is answered, in JSON. Secrets are never answered. */
  example: string;
  /** What people call it elsewhere; searched, never shown. */
  words: string;
  /** Keys beside those that every field has. */
  keys: readonly string[];
  /** Its values are what a plain column holds: it can be unique, and have an index. */
  plain?: boolean;
  /** There are lists of it. */
  many?: boolean;
  /** Can differ by language. */
  speaks?: boolean;
  /** Found by full-text search without being told. */
  searched?: boolean;
  /** What it is in GraphQL; '' when that is a type of its own. */
  graphql: string;
}

const lengths = ['minlength', 'maxlength', 'match'] as const;

export const families: Record<KindFamily, string> = {
  words: m('Texts'),
  values: m('Values'),
  links: m('References'),
  structures: m('Structures'),
  secrets: m('Secrets'),
};

export const kinds: readonly Kind[] = [
  { kind: 'text', label: m('Text'), info: m('A line or a paragraph of text.'), family: 'words', example: '"A quiet release"', words: 'string textarea title line multiline', keys: [...lengths, 'multiline'], plain: true, many: true, speaks: true, searched: true, graphql: 'String' },
  { kind: 'richtext', label: m('Rich text'), info: m('Formatted text, kept as HTML.'), family: 'words', example: '"<p>It is <b>here</b>.</p>"', words: 'html wysiwyg body article editor', keys: lengths, plain: true, many: true, speaks: true, searched: true, graphql: 'HTML' },
  { kind: 'code', label: m('Code'), info: m('Source text, like Markdown or CSS.'), family: 'words', example: '"# Heading"', words: 'markdown css javascript source', keys: lengths, plain: true, many: true, speaks: true, searched: true, graphql: 'String' },
  { kind: 'slug', label: m('Slug'), info: m('A name for addresses, made of another field when there is none.'), family: 'words', example: '"a-quiet-release"', words: 'url path permalink', keys: [...lengths, 'from'], plain: true, speaks: true, searched: true, graphql: 'String' },
  { kind: 'email', label: m('E-mail'), info: m('An address, kept in lower case.'), family: 'words', example: '"ada@example.com"', words: 'mail address', keys: lengths, plain: true, many: true, speaks: true, graphql: 'String' },
  { kind: 'url', label: m('Link'), info: m('http, https, mailto, or a path within the site.'), family: 'words', example: '"https://example.com/a"', words: 'url website href', keys: lengths, plain: true, many: true, speaks: true, graphql: 'URL' },
  { kind: 'color', label: m('Colour'), info: m('Three, six or eight hexadecimal digits.'), family: 'words', example: '"#1a2b3c"', words: 'color hex', keys: [], plain: true, many: true, speaks: true, graphql: 'Color' },
  { kind: 'boolean', label: m('Yes or no'), info: m('True or false.'), family: 'values', example: 'true', words: 'bool checkbox switch toggle', keys: [], plain: true, many: true, speaks: true, graphql: 'Boolean' },
  { kind: 'number', label: m('Numeric'), info: m('Whole numbers and decimals.'), family: 'values', example: '9.5', words: 'integer float decimal price amount', keys: ['integer', 'min', 'max'], plain: true, many: true, speaks: true, graphql: 'Float' },
  { kind: 'select', label: m('Choice'), info: m('One of a list of texts.'), family: 'values', example: '"small"', words: 'select enum radio dropdown option', keys: ['options'], plain: true, speaks: true, searched: true, graphql: '' },
  { kind: 'multiselect', label: m('Several choices'), info: m('Some of a list of texts.'), family: 'values', example: '["small", "large"]', words: 'checkboxes enum options', keys: ['options', 'min_items', 'max_items'], speaks: true, searched: true, graphql: '' },
  { kind: 'tags', label: m('Tags'), info: m('A list of texts, each of them once.'), family: 'values', example: '["news", "release"]', words: 'keywords labels', keys: [...lengths, 'min_items', 'max_items'], speaks: true, searched: true, graphql: '[String!]' },
  { kind: 'date', label: m('Date'), info: m('A day.'), family: 'values', example: '"2026-11-21"', words: 'day calendar birthday', keys: [], plain: true, many: true, speaks: true, graphql: 'Date' },
  { kind: 'time', label: m('Time of day'), info: m('Hours and minutes, seconds if there are any.'), family: 'values', example: '"09:30"', words: 'clock hour', keys: [], plain: true, many: true, speaks: true, graphql: 'Time' },
  { kind: 'datetime', label: m('Date and time'), info: m('An instant, written in UTC.'), family: 'values', example: '"2026-11-21T09:00:00Z"', words: 'timestamp moment instant published', keys: [], plain: true, many: true, speaks: true, graphql: 'DateTime' },
  { kind: 'geo', label: m('Place'), info: m('A point on earth, longitude first.'), family: 'values', example: '{"type": "Point", "coordinates": [13.4, 52.5]}', words: 'geo map location coordinates latitude longitude', keys: [], speaks: true, graphql: 'JSON' },
  { kind: 'ref', label: m('Reference'), info: m('An entry of another collection, or of the same.'), family: 'links', example: '{"_model": "authors", "_id": "6b00…6bb3"}', words: 'relation link foreign key author belongs many', keys: ['to', 'on_delete', 'back'], plain: true, many: true, graphql: '' },
  { kind: 'asset', label: m('File'), info: m('A picture or another file of the assets.'), family: 'links', example: '{"_model": "assets", "_id": "6b00…6bb3"}', words: 'image picture media upload asset video', keys: ['on_delete', 'back'], plain: true, many: true, graphql: 'Asset' },
  { kind: 'set', label: m('Group of fields'), info: m('An object with fields of its own, or a list of them.'), family: 'structures', example: '{"label": "adults", "amount": 9.5}', words: 'object set repeater table nested rows', keys: ['fields'], many: true, speaks: true, graphql: '' },
  { kind: 'component', label: m('Component'), info: m('The fields of a component that others use, too.'), family: 'structures', example: '{"heading": "Hello", "level": 1}', words: 'fieldset reusable', keys: ['of'], many: true, speaks: true, graphql: '' },
  { kind: 'blocks', label: m('Blocks'), info: m('A list in which each entry is one of some components.'), family: 'structures', example: '[{"_component": "quote", "text": "So it is."}]', words: 'dynamic zone flexible content page builder sections', keys: ['of', 'min_items', 'max_items'], speaks: true, graphql: '' },
  { kind: 'object', label: m('JSON'), info: m('Any JSON; filters reach into it.'), family: 'structures', example: '{"a": [1, 2]}', words: 'json object free data', keys: [], many: true, speaks: true, graphql: 'JSON' },
  { kind: 'secret', label: m('Secret'), info: m('Written and never read again; the server opens it for a purpose.'), family: 'secrets', example: '', words: 'token credential', keys: ['minlength', 'maxlength'], graphql: 'String' },
  { kind: 'password', label: m('Password'), info: m('Written and never read again; kept as a hash.'), family: 'secrets', example: '', words: 'login pin', keys: ['minlength', 'maxlength'], graphql: 'String' },
  { kind: 'digest', label: m('Digest'), info: m('Written and never read again; good for comparing only.'), family: 'secrets', example: '', words: 'fingerprint hash key', keys: ['minlength', 'maxlength'], graphql: 'String' },
];

const byName = new Map(kinds.map((one) => [one.kind, one]));

/** Kinds that this dashboard does not know yet are shown by their name and edited as JSON. */
export function kindOf(name: string): Kind {
  return byName.get(name) ?? { kind: name, label: name, info: '', family: 'structures', example: '', words: '', keys: [], graphql: 'JSON' };
}

export const isSecret = (kind: string): boolean => kindOf(kind).family === 'secrets';

/** Whether a key means something for a field of this kind; lists take the bounds of their length. */
export const takes = (kind: string, key: string, many = false): boolean =>
  kindOf(kind).keys.includes(key) || (many && (key === 'min_items' || key === 'max_items'));

/** Kinds whose name, words or explanation have what was typed; `say` translates. */
export function findKinds(typed: string, say: (text: string) => string): Kind[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return kinds.filter((one) => {
    const text = `${one.kind} ${one.label} ${say(one.label)} ${say(one.info)} ${one.words}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
