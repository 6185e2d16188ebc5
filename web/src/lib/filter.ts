// Chips on the screen <-> the filter language of the API. What chips cannot say (or, not, deep nesting)
// stays one "raw" chip with its JSON, so that no filter from a shared link is ever lost or bent.
import { labelOf, type Field, type Json, type JsonObject, type Model } from './types';
import { isObject } from './types';
import { dateTime, optionsOf, stateNames, widgetOf } from './fields';

export interface Chip {
  field: string;
  op: string;
  value: Json;
}
export interface RawChip {
  raw: Json;
}
export type AnyChip = Chip | RawChip;

export const isRaw = (chip: AnyChip): chip is RawChip => 'raw' in chip;

export interface Operator {
  op: string;
  label: string;
  /** What the value is typed into; 'none' for "is empty". */
  input: 'text' | 'number' | 'date' | 'datetime' | 'option' | 'options' | 'boolean' | 'ref' | 'none';
}

const empties: Operator[] = [
  { op: 'empty', label: 'is empty', input: 'none' },
  { op: 'filled', label: 'is not empty', input: 'none' },
];

const order = (input: Operator['input'], words: [string, string, string, string]): Operator[] => [
  { op: '$gt', label: words[0], input },
  { op: '$gte', label: words[1], input },
  { op: '$lt', label: words[2], input },
  { op: '$lte', label: words[3], input },
];
const sizes: [string, string, string, string] = ['is more than', 'is at least', 'is less than', 'is at most'];
const times: [string, string, string, string] = ['is after', 'is on or after', 'is before', 'is on or before'];
const same = (input: Operator['input']): Operator[] => [
  { op: '$eq', label: 'is', input },
  { op: '$ne', label: 'is not', input },
];

/** The operators that make sense for a field, the likeliest first. */
export function operatorsOf(field: Field): Operator[] {
  if (field.name === '_state') return same('option');
  if (field.name === '_id') return same('text');
  switch (widgetOf(field)) {
    case 'text':
    case 'longtext':
    case 'richtext':
    case 'code':
    case 'slug':
    case 'email':
    case 'url':
    case 'color':
      return [
        { op: 'has', label: 'contains', input: 'text' },
        ...same('text'),
        { op: '$startsWith', label: 'starts with', input: 'text' },
        { op: '$endsWith', label: 'ends with', input: 'text' },
        { op: '$regex', label: 'matches the pattern', input: 'text' },
        { op: '$contains', label: 'contains, in this case,', input: 'text' },
        ...empties,
      ];
    case 'number':
      return [...same('number'), ...order('number', sizes), ...empties];
    case 'boolean':
      return same('boolean').slice(0, 1);
    case 'select':
      return [...same('option'), { op: '$in', label: 'is any of', input: 'options' }, ...empties];
    case 'multiselect':
      return [
        { op: '$eq', label: 'has', input: 'option' },
        { op: '$ne', label: 'has not', input: 'option' },
        { op: '$in', label: 'has any of', input: 'options' },
      ];
    case 'tags':
      return [
        { op: '$eq', label: 'has', input: 'text' },
        { op: '$ne', label: 'has not', input: 'text' },
      ];
    case 'date':
      return [...same('date'), ...order('date', times), ...empties];
    case 'time':
      return [...same('text'), ...order('text', times), ...empties];
    case 'datetime':
      return [...order('datetime', times), ...empties];
    case 'ref':
      return [...same('ref'), ...empties];
    case 'refs':
      return [
        { op: '$eq', label: 'has', input: 'ref' },
        { op: '$ne', label: 'has not', input: 'ref' },
      ];
    default:
      return empties;
  }
}

const meta: Field[] = [
  {
    name: '_state',
    kind: 'select',
    label: 'State',
    options: Object.entries(stateNames).map(([value, label]) => ({ value: Number(value), label })),
  },
  { name: '_created', kind: 'datetime', label: 'Created' },
  { name: '_modified', kind: 'datetime', label: 'Changed' },
  { name: '_id', kind: 'slug', label: 'Id' },
];

/** What can be filtered by: the model's own fields, then the ones that every item has. */
export function filterFields(model: Model): Field[] {
  return [...model.fields.filter((field) => widgetOf(field) !== 'secret'), ...meta];
}

const isTimestamp = (field: string): boolean => field === '_created' || field === '_modified';
const isReference = (field: Field | undefined): boolean => !!field && field.kind === 'ref';

/**
 * What people mean by "contains": upper and lower case are one. The language's $contains compares
 * bytes; its patterns do not look at the case.
 */
export function containing(text: string): JsonObject {
  return { $regex: text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&') };
}

/** The text that a pattern of containing() was made of. */
function contained(pattern: Json | undefined): string | undefined {
  if (typeof pattern !== 'string') return undefined;
  const text = pattern.replace(/\\([\\^$.*+?()[\]{}|/])/g, '$1');
  return containing(text).$regex === pattern ? text : undefined;
}

function conditionOf(chip: Chip): Json {
  if (chip.op === 'empty') return null;
  if (chip.op === 'filled') return { $ne: null };
  if (chip.op === 'has') return containing(String(chip.value));
  if (chip.op === '$eq') return chip.value;
  return { [chip.op]: chip.value };
}

/** undefined: no condition at all. */
export function toFilter(chips: readonly AnyChip[]): Json | undefined {
  const parts: JsonObject[] = chips.map((chip) => {
    if (isRaw(chip)) return isObject(chip.raw) ? chip.raw : {};
    return { [chip.field]: conditionOf(chip) };
  });
  if (parts.length === 0) return undefined;
  const flat: JsonObject = {};
  for (const part of parts) {
    for (const [key, value] of Object.entries(part)) {
      const there = flat[key];
      if (there === undefined) flat[key] = value;
      else if (mergeable(there, value)) flat[key] = { ...(there as JsonObject), ...(value as JsonObject) };
      else return { $and: parts };
    }
  }
  return flat;
}

/** {$gt: 1} and {$lt: 9} may share one key; two plain values or twice the same operator may not. */
function mergeable(a: Json, b: Json): boolean {
  if (!isObject(a) || !isObject(b)) return false;
  const keys = [...Object.keys(a), ...Object.keys(b)];
  return keys.every((key) => key.startsWith('$')) && new Set(keys).size === keys.length;
}

/** Reads a filter back into chips; what they cannot say becomes one raw chip. */
export function fromFilter(filter: Json | undefined, model: Model): AnyChip[] {
  if (filter === undefined || filter === null) return [];
  if (!isObject(filter)) return [{ raw: filter }];
  const parts = Object.keys(filter).length === 1 && Array.isArray(filter.$and) ? filter.$and : [filter];
  const chips: AnyChip[] = [];
  for (const part of parts) {
    const read = isObject(part) ? chipsOf(part, model) : undefined;
    if (read) chips.push(...read);
    else chips.push({ raw: part });
  }
  return chips;
}

function chipsOf(part: JsonObject, model: Model): Chip[] | undefined {
  const fields = new Map(filterFields(model).map((field) => [field.name, field]));
  const chips: Chip[] = [];
  for (const [key, condition] of Object.entries(part)) {
    // A reference is compared with an id; "author._id" is the other way to write it.
    const bare = key.endsWith('._id') ? key.slice(0, -4) : key;
    const field = fields.get(bare);
    if (!field || (bare !== key && !isReference(field))) return undefined;
    const known = new Set(operatorsOf(field).map((operator) => operator.op));
    if (condition === null && known.has('empty')) {
      chips.push({ field: bare, op: 'empty', value: null });
    } else if (isObject(condition)) {
      for (const [op, value] of Object.entries(condition)) {
        const text = op === '$regex' && known.has('has') ? contained(value) : undefined;
        if (text) chips.push({ field: bare, op: 'has', value: text });
        else if (op === '$ne' && value === null && known.has('filled')) chips.push({ field: bare, op: 'filled', value: null });
        else if (known.has(op) && (op === '$in' ? isScalars(value) : isScalar(value))) chips.push({ field: bare, op, value });
        else return undefined;
      }
      if (Object.keys(condition).length === 0) return undefined;
    } else if (known.has('$eq') && isScalar(condition)) {
      chips.push({ field: bare, op: '$eq', value: condition });
    } else {
      return undefined;
    }
  }
  return chips;
}

const isScalar = (value: Json | undefined): boolean => ['string', 'number', 'boolean'].includes(typeof value);
const isScalars = (value: Json | undefined): boolean => Array.isArray(value) && value.length > 0 && value.every(isScalar);

/** "Views is more than 100", as the chip shows it. `names` knows the titles of referenced items. */
export function describe(chip: AnyChip, model: Model, names?: (model: string, id: string) => string | undefined): string {
  if (isRaw(chip)) return JSON.stringify(chip.raw);
  const field = filterFields(model).find((one) => one.name === chip.field);
  if (!field) return JSON.stringify(chip);
  const operator = operatorsOf(field).find((one) => one.op === chip.op);
  const words = `${labelOf(field)} ${operator?.label ?? chip.op}`;
  if (operator?.input === 'none') return words;
  return `${words} ${valueText(field, chip, names)}`;
}

function valueText(field: Field, chip: Chip, names?: (model: string, id: string) => string | undefined): string {
  const labels = new Map(optionsOf(field).map((option) => [String(option.value), option.label]));
  const one = (value: Json): string => {
    if (typeof value === 'boolean') return value ? 'yes' : 'no';
    if (isTimestamp(field.name) && typeof value === 'number') return dateTime(value);
    if (isReference(field) && typeof value === 'string') return (field.to && names?.(field.to, value)) || value;
    return labels.get(String(value)) ?? String(value);
  };
  return Array.isArray(chip.value) ? chip.value.map(one).join(', ') : one(chip.value);
}

/** What was typed -> the value of a chip, or undefined when it is not one. */
export function parseValue(field: Field, input: Operator['input'], text: string | string[]): Json | undefined {
  const options = new Map(optionsOf(field).map((option) => [String(option.value), option.value]));
  if (Array.isArray(text)) return text.length ? text.map((one) => options.get(one) ?? one) : undefined;
  if (input === 'none') return null;
  if (text === '') return undefined;
  if (input === 'boolean') return text === 'true';
  if (input === 'option') return options.get(text) ?? text;
  if (input === 'number') {
    const number = Number(text.replace(',', '.'));
    return Number.isFinite(number) ? number : undefined;
  }
  if (input === 'datetime') {
    const date = new Date(text);
    if (Number.isNaN(date.getTime())) return undefined;
    return isTimestamp(field.name) ? Math.floor(date.getTime() / 1000) : date.toISOString().replace('.000Z', 'Z');
  }
  return text;
}

/** Both conditions at once. */
export function both(a: Json | undefined, b: Json | undefined): Json | undefined {
  if (a === undefined) return b;
  if (b === undefined) return a;
  if (isObject(a) && isObject(b) && Object.keys(a).every((key) => !(key in b))) return { ...a, ...b };
  return { $and: [a, b] };
}
