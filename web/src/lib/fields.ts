import { isObject, isRef, type Field, type Json, type Model, type Option } from './types';

/** How a kind is edited and shown. Kinds that are not known here are edited as JSON. */
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
  list: 'list',
  object: 'json',
  json: 'json',
};

export const isMany = (field: Field): boolean => field.many === true || field.multiple === true;

export function widgetOf(field: Field, value?: unknown): Widget {
  const widget = direct[field.kind] ?? 'json';
  if (widget === 'ref') return isMany(field) ? 'refs' : 'ref';
  if (widget === 'select') return isMany(field) ? 'multiselect' : 'select';
  if (widget === 'list') return 'list';
  if (isMany(field) && widget !== 'tags' && widget !== 'multiselect' && widget !== 'json') return 'list';
  // A single-line control would drop line breaks without a word.
  if (widget === 'text' && (field.multiline || (typeof value === 'string' && value.includes('\n')))) return 'longtext';
  // Points in time are kept under "time" as well; a time of day has no date in it.
  if (widget === 'time' && typeof value === 'string' && /^\d{4}-/.test(value)) return 'datetime';
  return widget;
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
      return [];
    case 'set':
      return Object.fromEntries((field.fields ?? []).map((member) => [member.name, initialOf(member)]));
    default:
      return null;
  }
}

export function optionsOf(field: Field): { value: string | number; label: string }[] {
  return (field.options ?? []).map((option: Option) =>
    typeof option === 'object'
      ? { value: option.value, label: option.label || String(option.value) }
      : { value: option, label: String(option) },
  );
}

export function slugOf(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/ß/g, 'ss')
    .replace(/æ/gi, 'ae')
    .replace(/ø/gi, 'o')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
}

export const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);

export const stateNames: Record<string, string> = { '1': 'Published', '0': 'Draft', '-1': 'Archived' };

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
  if (widget === 'boolean') return value ? 'Yes' : 'No';
  if (widget === 'select' || widget === 'multiselect') {
    const labels = new Map(optionsOf(field).map((option) => [String(option.value), option.label]));
    const values = Array.isArray(value) ? value : [value];
    return values.map((one) => labels.get(String(one)) ?? String(one)).join(', ');
  }
  if (widget === 'datetime' && typeof value === 'string') return dateTime(value);
  if (widget === 'number' && typeof value === 'number') return value.toLocaleString();
  if (typeof value === 'string') return cut(widget === 'richtext' ? plain(value) : value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (isRef(value)) return nameInside(value) ?? value._id;
  if (Array.isArray(value)) {
    if (value.every((one) => typeof one === 'string' || typeof one === 'number')) return cut(value.join(', '));
    return value.length === 1 ? '1 entry' : `${value.length} entries`;
  }
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
  return nameInside(item) ?? (typeof item._id === 'string' ? item._id : 'Untitled');
}

export function dateTime(value: string | number): string {
  const date = typeof value === 'number' ? new Date(value * 1000) : new Date(value);
  if (Number.isNaN(date.getTime())) return String(value);
  return date.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** "2 minutes ago", from Unix seconds. */
export function ago(seconds: number, now = Date.now() / 1000): string {
  const past = now - seconds;
  const format = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });
  for (const [unit, length] of steps)
    if (Math.abs(past) >= length) return format.format(-Math.round(past / length), unit);
  return 'just now';
}

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

/** Numbers as people write them; undefined when it is none. */
export function parseNumber(text: string, integer = false): number | null | undefined {
  const trimmed = text.trim();
  if (!trimmed) return null;
  if (!/^[+-]?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d+)?$/i.test(trimmed)) return undefined;
  const value = Number(trimmed.replace(',', '.'));
  if (!Number.isFinite(value) || (integer && !Number.isInteger(value))) return undefined;
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return undefined;
  return value;
}
