// Fields guessed from a sample: JSON (an object, or a list of them) or lines of CSV.
import { freeName, nameFrom, type Definition, type FieldDef } from './models';
import { humanise, isObject } from './types';

type Row = Record<string, unknown>;

const day = /^\d{4}-\d{2}-\d{2}$/;
const instant = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$/;
const time = /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/;
const email = /^[^@\s]+@[^@\s]+\.[^@\s]+$/;
const url = /^https?:\/\/\S+$/;
const color = /^#([0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8})$/i;
const slug = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const html = /<(p|h[1-6]|ul|ol|br|a|strong|em|div)\b[^>]*>/i;

/** Comma, semicolon or tab, whichever the first line has most of; quotes as RFC 4180 has them. */
export function parseCsv(text: string): string[][] {
  const head = text.split('\n', 1)[0] ?? '';
  const separator = [',', ';', '\t'].reduce((best, one) => (head.split(one).length > head.split(best).length ? one : best));
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  const endCell = (): void => {
    row.push(cell);
    cell = '';
  };
  const endRow = (): void => {
    endCell();
    if (row.some((one) => one.trim() !== '')) rows.push(row);
    row = [];
  };
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i]!;
    if (quoted) {
      if (char !== '"') cell += char;
      else if (text[i + 1] === '"') {
        cell += '"';
        i += 1;
      } else quoted = false;
    } else if (char === '"' && cell === '') quoted = true;
    else if (char === separator) endCell();
    else if (char === '\n') endRow();
    else if (char !== '\r') cell += char;
  }
  endRow();
  return rows;
}

function fromText(text: string): unknown {
  const trimmed = text.trim();
  if (trimmed === '') return null;
  if (/^(true|false)$/i.test(trimmed)) return trimmed.toLowerCase() === 'true';
  if (/^-?(0|[1-9]\d*)(\.\d+)?$/.test(trimmed) && trimmed.length < 16) return Number(trimmed);
  return trimmed;
}

/** Rows of a sample; undefined: it is neither JSON objects nor a table. */
export function rowsOf(sample: string): Row[] | undefined {
  const text = sample.trim();
  if (/^[[{]/.test(text)) {
    try {
      const read: unknown = JSON.parse(text);
      const list = Array.isArray(read) ? read : isObject(read) && Array.isArray(read.data) ? read.data : [read];
      return list.length > 0 && list.every(isObject) ? (list as Row[]) : undefined;
    } catch {
      return undefined;
    }
  }
  const [head, ...lines] = parseCsv(text);
  if (!head || head.length < 2 || lines.length === 0) return undefined;
  return lines.map((line) => Object.fromEntries(head.map((name, i) => [name.trim(), fromText(line[i] ?? '')])));
}

const all = (values: readonly unknown[], test: (value: unknown) => boolean): boolean => values.length > 0 && values.every(test);
const matches = (pattern: RegExp) => (value: unknown) => typeof value === 'string' && pattern.test(value);

/** What a field is, by the values it had. */
function kindOfValues(name: string, values: readonly unknown[]): Omit<FieldDef, 'name'> {
  if (all(values, (value) => typeof value === 'boolean')) return { kind: 'boolean' };
  if (all(values, (value) => typeof value === 'number')) return all(values, Number.isInteger) ? { kind: 'number', integer: true } : { kind: 'number' };
  if (all(values, Array.isArray)) {
    const inside = values.flat();
    if (all(inside, isObject)) return { kind: 'set', many: true, fields: fieldsFrom(inside as Row[]) };
    if (all(inside, (one) => typeof one === 'string')) return { kind: 'tags' };
    if (all(inside, (one) => typeof one === 'number')) return { kind: 'number', many: true };
    return { kind: 'object' };
  }
  if (all(values, isObject)) {
    const rows = values as Row[];
    if (rows.every((row) => Array.isArray(row.coordinates) || (typeof row.lat === 'number' && (typeof row.lng === 'number' || typeof row.lon === 'number')))) return { kind: 'geo' };
    const fields = fieldsFrom(rows);
    return fields.length ? { kind: 'set', fields } : { kind: 'object' };
  }
  if (!all(values, (value) => typeof value === 'string')) return { kind: values.length ? 'object' : 'text' };
  const texts = values as string[];
  if (all(texts, matches(day))) return { kind: 'date' };
  if (all(texts, matches(instant))) return { kind: 'datetime' };
  if (all(texts, matches(time))) return { kind: 'time' };
  if (all(texts, matches(email))) return { kind: 'email' };
  if (all(texts, matches(url))) return { kind: 'url' };
  if (all(texts, matches(color))) return { kind: 'color' };
  if (/^(slug|permalink)$/i.test(name) && all(texts, matches(slug))) return { kind: 'slug' };
  if (texts.some((text) => html.test(text))) return { kind: 'richtext' };
  const distinct = new Set(texts);
  // A few short words that come back again and again are a choice.
  if (texts.length >= 6 && distinct.size <= Math.min(8, texts.length / 3) && texts.every((text) => text.length <= 24)) return { kind: 'select', options: [...distinct] };
  return texts.some((text) => text.length > 120 || text.includes('\n')) ? { kind: 'text', multiline: true } : { kind: 'text' };
}

function fieldsFrom(rows: readonly Row[]): FieldDef[] {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((name) => !name.startsWith('_'));
  const fields: FieldDef[] = [];
  for (const given of names) {
    const name = nameFrom(given);
    // The server gives ids and times of its own.
    if (!name || name === 'id') continue;
    const values = rows.map((row) => row[given]).filter((value) => value !== null && value !== undefined && value !== '');
    const field: FieldDef = { name: freeName(name, fields.map((one) => one.name)), ...kindOfValues(given, values) } as FieldDef;
    if (humanise(given) !== humanise(field.name)) field.label = given;
    fields.push(field);
  }
  return fields;
}

/** A definition from a sample, ready to be looked over. */
export function guess(sample: string): Pick<Definition, 'fields'> | undefined {
  const rows = rowsOf(sample);
  const fields = rows && fieldsFrom(rows.slice(0, 500));
  if (!fields || fields.length === 0) return undefined;
  const titled = fields.find((field) => ['title', 'name', 'label'].includes(field.name) && field.kind === 'text');
  const named = fields.find((field) => field.kind === 'slug');
  if (titled && named) {
    named.from = titled.name;
    named.unique = true;
  }
  return { fields };
}
