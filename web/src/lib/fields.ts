import { ago as sayAgo, count, moment } from './say';
import { m, t } from './text.svelte';
import { isObject, isRef, type Field, type Json, type JsonObject, type Model, type Option, type Ref } from './types';

/** What a kind is to lists, filters and forms. Kinds that are not known here are edited as JSON. */
export type Widget =
  | 'text'
  | 'longtext'
  | 'richtext'
  | 'code'
  | 'boolean'
  | 'number'
  | 'select'
  | 'multiselect'
  | 'tags'
  | 'date'
  | 'time'
  | 'datetime'
  | 'color'
  | 'slug'
  | 'email'
  | 'url'
  | 'ref'
  | 'refs'
  | 'secret'
  | 'set'
  | 'list'
  | 'blocks'
  | 'geo'
  | 'json';

const direct: Record<string, Widget> = {
  text: 'text',
  string: 'text',
  textarea: 'longtext',
  markdown: 'longtext',
  richtext: 'richtext',
  wysiwyg: 'richtext',
  html: 'richtext',
  code: 'code',
  boolean: 'boolean',
  number: 'number',
  integer: 'number',
  select: 'select',
  multiselect: 'multiselect',
  tags: 'tags',
  date: 'date',
  time: 'time',
  datetime: 'datetime',
  color: 'color',
  colour: 'color',
  slug: 'slug',
  email: 'email',
  url: 'url',
  ref: 'ref',
  asset: 'ref',
  secret: 'secret',
  password: 'secret',
  digest: 'secret',
  set: 'set',
  component: 'set',
  blocks: 'blocks',
  geo: 'geo',
  list: 'list',
  object: 'json',
  json: 'json',
};

export const isMany = (field: Field): boolean => field.many === true || field.multiple === true;

export function widgetOf(field: Field, value?: unknown): Widget {
  const widget = direct[field.kind] ?? 'json';
  if (widget === 'ref') return isMany(field) ? 'refs' : 'ref';
  if (widget === 'select') return isMany(field) ? 'multiselect' : 'select';
  if (widget === 'list' || widget === 'blocks') return widget;
  if (isMany(field) && widget !== 'tags' && widget !== 'multiselect' && widget !== 'json') return 'list';
  // A single-line control would drop line breaks without a word.
  if (widget === 'text' && (field.multiline || (typeof value === 'string' && value.includes('\n')))) return 'longtext';
  // Points in time are kept under "time" as well; a time of day has no date in it.
  if (widget === 'time' && typeof value === 'string' && /^\d{4}-/.test(value)) return 'datetime';
  return widget;
}

/** How a field is edited: what its kind is, or a form that its model asks for. */
export type Editor = Exclude<Widget, 'ref' | 'refs'> | 'reference' | 'asset' | 'table' | 'markdown' | 'pem' | 'ip' | 'cidr' | 'computed';

const plainKinds = new Set<Widget>(['text', 'longtext', 'number', 'boolean', 'select', 'date', 'time', 'color', 'email', 'url', 'slug']);
const textEditors = new Set<Editor>(['markdown', 'pem', 'ip', 'cidr']);

export function editorOf(field: Field, value?: unknown): Editor {
  if (field.computed !== undefined) return 'computed';
  const widget = widgetOf(field, value);
  if (widget === 'ref' || widget === 'refs') return field.to === 'assets' ? 'asset' : 'reference';
  if (widget === 'text' || widget === 'longtext') {
    if (field.kind === 'markdown') return 'markdown';
    if (textEditors.has(field.editor as Editor)) return field.editor as Editor;
    if (typeof value === 'string' && value.startsWith('-----BEGIN ')) return 'pem';
  }
  if (widget === 'code' && field.mode === 'markdown') return 'markdown';
  const members = field.fields ?? [];
  const isTable = widget === 'list' && field.editor === 'table' && members.length > 0 && members.every((member) => plainKinds.has(widgetOf(member)));
  return isTable ? 'table' : widget;
}

/** The collections that a reference may lead to. */
export const targetsOf = (field: Field): string[] => field.targets ?? (field.to ? [field.to] : []);

/** A reference as it came: an object, inside of sets an id, or "posts/<id>" when there are several targets. */
export function refOf(value: unknown, field: Field): Ref | undefined {
  if (isRef(value)) return { _model: value._model ?? field.to ?? '', _id: value._id };
  if (typeof value !== 'string' || !value) return undefined;
  const [model, id] = value.split('/');
  return id ? { _model: model ?? '', _id: id } : { _model: field.to ?? '', _id: value };
}

/** And as it is kept there. */
export function writtenRef(ref: Ref, field: Field, nested: boolean): Json {
  if (!nested) return ref;
  return field.targets ? `${ref._model}/${ref._id}` : ref._id;
}

/** The field that one element of a list is edited as. */
export function elementOf(field: Field): Field {
  const { many: _many, multiple: _multiple, required: _required, label: _label, info: _info, ...rest } = field;
  if (field.kind !== 'list') return rest;
  return field.fields?.length ? { ...rest, kind: 'set' } : { name: field.name, kind: 'text' };
}

/** A fresh value for a new item or a new element. */
export function initialOf(field: Field): Json {
  if (field.default !== undefined && !(typeof field.default === 'string' && field.default.startsWith('$')))
    return structuredClone(field.default);
  switch (widgetOf(field)) {
    case 'boolean':
      return false;
    case 'multiselect':
    case 'tags':
    case 'refs':
    case 'list':
    case 'blocks':
      return [];
    case 'set':
      return isOptionalSet(field) ? null : membersOf(field.fields ?? []);
    default:
      return null;
  }
}

/** One that somebody has to begin: with empty members it would be refused, without it the item is complete. */
export const isOptionalSet = (field: Field): boolean => !field.required && (field.kind === 'component' || (field.fields ?? []).some((member) => member.required));

/** The values that a fresh set, component or block begins with. */
export const membersOf = (fields: readonly Field[]): JsonObject => Object.fromEntries(fields.map((member) => [member.name, initialOf(member)]));

export function optionsOf(field: Field): { value: string | number; label: string }[] {
  return (field.options ?? []).map((option: Option) =>
    typeof option === 'object'
      ? { value: option.value, label: option.label || String(option.value) }
      : { value: option, label: String(option) },
  );
}

/** A text in a-z and 0-9: what is between the words becomes `between`. */
export function plainOf(text: string, between: '-' | '_'): string {
  const plain = text
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/ß/g, 'ss')
    .replace(/æ/gi, 'ae')
    .replace(/ø/gi, 'o')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, between);
  return plain.replace(/^[-_]+|[-_]+$/g, '');
}

export const slugOf = (text: string): string => plainOf(text, '-');

export const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);

export const stateNames: Record<string, string> = { '1': m('Published'), '0': m('Draft'), '-1': m('Archived') };

export function plain(html: string): string {
  return html
    .replace(/<[^>]*>/g, ' ')
    .replace(/&nbsp;/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

const cut = (text: string, most = 120): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

/** One line for a cell of a list. */
export function summary(field: Field, value: unknown): string {
  if (isEmpty(value)) return '';
  const widget = widgetOf(field, value);
  if (widget === 'boolean') return value ? t('Yes') : t('No');
  if (widget === 'select' || widget === 'multiselect') {
    const labels = new Map(optionsOf(field).map((option) => [String(option.value), option.label]));
    const values = Array.isArray(value) ? value : [value];
    return values.map((one) => labels.get(String(one)) ?? String(one)).join(', ');
  }
  if (widget === 'datetime' && typeof value === 'string') return dateTime(value);
  if (widget === 'number' && typeof value === 'number') return count(value);
  if (typeof value === 'string') return cut(widget === 'richtext' ? plain(value) : value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (isRef(value)) return nameInside(value) ?? value._id;
  if (Array.isArray(value)) {
    if (value.every((one) => typeof one === 'string' || typeof one === 'number')) return cut(value.join(', '));
    return t('{count, plural, one {# entry} other {# entries}}', { count: value.length });
  }
  if (widget === 'geo' && isObject(value) && Array.isArray(value.coordinates)) return [...value.coordinates].reverse().join(', ');
  if (isObject(value)) return cut(Object.keys(value).join(', '));
  return '';
}

/** A populated reference brings its own name. */
export function nameInside(value: object): string | undefined {
  for (const key of ['name', 'title', 'label', 'email']) {
    const name = (value as Record<string, unknown>)[key];
    if (typeof name === 'string' && name.trim()) return plain(name);
  }
  return undefined;
}

export function nameOf(model: Model, item: Record<string, unknown>): string {
  const value = item[model.display];
  if (typeof value === 'string' && value.trim()) return plain(value);
  if (typeof value === 'number') return String(value);
  return nameInside(item) ?? (typeof item._id === 'string' ? item._id : t('Untitled'));
}

export const dateTime = (value: string | number): string => moment(value) || String(value);

/** "2 minutes ago", from Unix seconds. */
export const ago = (seconds: number, now = Date.now() / 1000): string => sayAgo(seconds, now * 1000);

/** What <input type=datetime-local> wants, in the reader's own time zone. */
export function toLocalInput(value: unknown): string {
  if (typeof value !== 'string' || !value) return '';
  const bare = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2})(:\d{2})?$/.exec(value);
  if (bare) return `${bare[1]}T${bare[2]}${bare[3] ?? ''}`;
  const date = new Date(value);
  if (Number.isNaN(date.getTime())) return '';
  const two = (n: number): string => String(n).padStart(2, '0');
  const day = `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const seconds = date.getSeconds() ? `:${two(date.getSeconds())}` : '';
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}${seconds}`;
}

/** Back again. A value that was kept without a zone stays without one. */
export function fromLocalInput(input: string, before: unknown): string | null {
  if (!input) return null;
  if (typeof before === 'string' && /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}$/.test(before)) return input.slice(0, 16).replace('T', ' ');
  const date = new Date(input);
  return Number.isNaN(date.getTime()) ? null : date.toISOString().replace('.000Z', 'Z');
}

const known = new Map<string, { decimal: string; group: string }>();
/** The signs that a language puts into its numbers. */
function signsOf(language: string): { decimal: string; group: string } {
  let signs = known.get(language);
  if (!signs) {
    const parts = new Intl.NumberFormat(language).formatToParts(12345678.5);
    const sign = (type: string): string => parts.find((part) => part.type === type)?.value ?? '';
    known.set(language, (signs = { decimal: sign('decimal') || '.', group: sign('group') }));
  }
  return signs;
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Numbers as people write them, in their language or plainly; undefined when it is none. */
export function parseNumber(text: string, integer = false, language = 'en'): number | null | undefined {
  let plain = text.trim().replace(/[\u00a0\u202f]/g, ' ').replace('\u2212', '-');
  if (!plain) return null;
  const { decimal, group } = signsOf(language);
  const separator = /\s/.test(group) ? ' ' : group;
  const grouped = new RegExp(`^[+-]?\\d{1,3}(${escaped(separator)}\\d{3})+(${escaped(decimal)}\\d*)?$`);
  if (separator && grouped.test(plain)) plain = plain.replaceAll(separator, '').replace(decimal, '.');
  if (!/^[+-]?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d+)?$/i.test(plain)) return undefined;
  const value = Number(plain.replace(',', '.'));
  if (!Number.isFinite(value) || (integer && !Number.isInteger(value))) return undefined;
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return undefined;
  return value;
}

/** A number as it stands in a field: no groups, so that it can be edited. */
export function writeNumber(value: number, language = 'en'): string {
  const written = new Intl.NumberFormat(language, { useGrouping: false, maximumFractionDigits: 20 }).format(value);
  return parseNumber(written, false, language) === value ? written : String(value);
}
