// Chips on the screen <-> the filter language of the API. What chips cannot say (or, not, deep nesting)
// stays one "raw" chip with its JSON, so that no filter from a shared link is ever lost or bent.
import { optionsOf, widgetOf } from './fields';
import { isMoment, sayMoment } from './moments';
import { fieldAt, metaFields, type Find } from './paths';
import { moment } from './say';
import { m, t } from './text.svelte';
import { isObject, labelOf, type Field, type Json, type JsonObject, type Model } from './types';

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
  /** What the value is typed into; 'none' for "is empty". Ranges have two of them. */
  input: 'text' | 'number' | 'date' | 'datetime' | 'option' | 'options' | 'boolean' | 'ref' | 'none';
  range?: true;
}

const empties: Operator[] = [
  { op: 'empty', label: m('is empty'), input: 'none' },
  { op: 'filled', label: m('is not empty'), input: 'none' },
];

const order = (input: Operator['input'], words: [string, string, string, string]): Operator[] => [
  { op: '$gt', label: words[0], input },
  { op: '$gte', label: words[1], input },
  { op: '$lt', label: words[2], input },
  { op: '$lte', label: words[3], input },
  { op: '$between', label: m('is between'), input, range: true },
];
const sizes: [string, string, string, string] = [m('is more than'), m('is at least'), m('is less than'), m('is at most')];
const times: [string, string, string, string] = [m('is after'), m('is on or after'), m('is before'), m('is on or before')];
const same = (input: Operator['input']): Operator[] => [
  { op: '$eq', label: m('is'), input },
  { op: '$ne', label: m('is not'), input },
];

/** The operators that make sense for a field, the likeliest first. */
export function operatorsOf(field: Field): Operator[] {
  const { operators } = field as Field & { operators?: string[] };
  const all = everyOperatorOf(field);
  // The list of models says what the server takes; "contains" and "is empty" are ours and made of others.
  return operators ? all.filter((one) => !one.op.startsWith('$') || operators.includes(one.op)) : all;
}

function everyOperatorOf(field: Field): Operator[] {
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
        { op: 'has', label: m('contains'), input: 'text' },
        ...same('text'),
        { op: '$startsWith', label: m('starts with'), input: 'text' },
        { op: '$endsWith', label: m('ends with'), input: 'text' },
        { op: '$regex', label: m('matches the pattern'), input: 'text' },
        { op: '$contains', label: m('contains, in this case,'), input: 'text' },
        ...empties,
      ];
    case 'number':
      return [...same('number'), ...order('number', sizes), ...empties];
    case 'boolean':
      return same('boolean').slice(0, 1);
    case 'select':
      return [...same('option'), { op: '$in', label: m('is any of'), input: 'options' }, { op: '$nin', label: m('is none of'), input: 'options' }, ...empties];
    case 'multiselect':
      return [
        { op: '$eq', label: m('has'), input: 'option' },
        { op: '$ne', label: m('has not'), input: 'option' },
        { op: '$in', label: m('has any of'), input: 'options' },
      ];
    case 'tags':
      return [
        { op: '$eq', label: m('has'), input: 'text' },
        { op: '$ne', label: m('has not'), input: 'text' },
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
        { op: '$eq', label: m('has'), input: 'ref' },
        { op: '$ne', label: m('has not'), input: 'ref' },
      ];
    default:
      return empties;
  }
}

/** What can be filtered by: the model's own fields, then the ones that every item has. */
export function filterFields(model: Model): Field[] {
  return [...model.fields.filter((field) => widgetOf(field) !== 'secret'), ...metaFields()];
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
export function fromFilter(filter: Json | undefined, model: Model, find?: Find): AnyChip[] {
  if (filter === undefined || filter === null) return [];
  if (!isObject(filter)) return [{ raw: filter }];
  const parts = Object.keys(filter).length === 1 && Array.isArray(filter.$and) ? filter.$and : [filter];
  const chips: AnyChip[] = [];
  for (const part of parts) {
    const read = isObject(part) ? chipsOf(part, model, find) : undefined;
    if (read) chips.push(...read);
    else chips.push({ raw: part });
  }
  return chips;
}

function chipsOf(part: JsonObject, model: Model, find?: Find): Chip[] | undefined {
  const chips: Chip[] = [];
  for (const [key, condition] of Object.entries(part)) {
    // A reference is compared with an id; "author._id" is the other way to write it.
    const bare = key.endsWith('._id') ? key.slice(0, -4) : key;
    const field = fieldAt(bare, model, find);
    if (!field || (bare !== key && !isReference(field))) return undefined;
    const known = new Set(operatorsOf(field).map((operator) => operator.op));
    if (condition === null && known.has('empty')) {
      chips.push({ field: bare, op: 'empty', value: null });
    } else if (isObject(condition)) {
      for (const [op, value] of Object.entries(condition)) {
        const text = op === '$regex' && known.has('has') ? contained(value) : undefined;
        if (text) chips.push({ field: bare, op: 'has', value: text });
        else if (op === '$ne' && value === null && known.has('filled')) chips.push({ field: bare, op: 'filled', value: null });
        else if (known.has(op) && (isListed(op) ? isScalars(value) : isScalar(value))) chips.push({ field: bare, op, value });
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

const isListed = (op: string): boolean => op === '$in' || op === '$nin' || op === '$between';
const isScalar = (value: Json | undefined): boolean => ['string', 'number', 'boolean'].includes(typeof value);
const isScalars = (value: Json | undefined): boolean => Array.isArray(value) && value.length > 0 && value.every(isScalar);

/** "Views is more than 100", as the chip shows it. `names` knows the titles of referenced items. */
export function describe(chip: AnyChip, model: Model, names?: Names, find?: Find): string {
  if (isRaw(chip)) return describeRaw(chip.raw, model, names, find);
  const field = fieldAt(chip.field, model, find);
  if (!field) return JSON.stringify(chip);
  const operator = operatorsOf(field).find((one) => one.op === chip.op);
  const words = `${labelOf(field)} ${operator ? t(operator.label) : chip.op}`;
  if (operator?.input === 'none') return words;
  return `${words} ${valueText(field, chip, names)}`;
}

type Names = (model: string, id: string) => string | undefined;

/** Groups in words, as far as all of them are known; else the JSON. */
function describeRaw(raw: Json, model: Model, names?: Names, find?: Find): string {
  const group = isObject(raw) && Object.keys(raw).length === 1 ? raw : {};
  const [key = '', parts] = Object.entries(group)[0] ?? [];
  const join = key === '$or' ? t('or') : key === '$and' ? t('and') : key === '$nor' ? t('or') : '';
  if (!join || !Array.isArray(parts) || parts.length === 0) return JSON.stringify(raw);
  const words = parts
    .map((part) => {
      const chips = fromFilter(part, model, find);
      const said = chips.map((chip) => describe(chip, model, names, find)).join(` ${t('and')} `);
      return parts.length > 1 && (chips.length > 1 || chips.some(isRaw)) ? `(${said})` : said;
    })
    .join(` ${join} `);
  return key === '$nor' ? t('not: {words}', { words }) : words;
}

function valueText(field: Field, chip: Chip, names?: Names): string {
  const labels = new Map(optionsOf(field).map((option) => [String(option.value), option.label]));
  const one = (value: Json): string => {
    if (typeof value === 'boolean') return value ? t('yes') : t('no');
    if (isMoment(value)) return sayMoment(value);
    if (isTimestamp(field.name) && typeof value === 'number') return moment(value);
    if (field.kind === 'datetime' && typeof value === 'string') return moment(value) || value;
    if (isReference(field) && typeof value === 'string') return (field.to && names?.(field.to, value)) || value;
    return labels.get(String(value)) ?? String(value);
  };
  if (chip.op === '$between' && Array.isArray(chip.value) && chip.value.length === 2) return t('{a} and {b}', { a: one(chip.value[0] ?? ''), b: one(chip.value[1] ?? '') });
  return Array.isArray(chip.value) ? chip.value.map(one).join(', ') : one(chip.value);
}

/** What was typed -> the value of a chip, or undefined when it is not one. */
export function parseValue(field: Field, input: Operator['input'], text: string | string[]): Json | undefined {
  const options = new Map(optionsOf(field).map((option) => [String(option.value), option.value]));
  if (Array.isArray(text)) return text.length ? text.map((one) => options.get(one) ?? one) : undefined;
  if (input === 'none') return null;
  if (text === '') return undefined;
  if (isMoment(text) && (input === 'date' || input === 'datetime')) return text;
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

/** A filter as a person builds it: conditions in groups. What the groups cannot say is a raw condition. */
export interface Group {
  join: 'and' | 'or' | 'nor';
  parts: Part[];
}
export type Part = Group | AnyChip;
export const isGroup = (part: Part): part is Group => 'join' in part;

const keys = { and: '$and', or: '$or', nor: '$nor' } as const;

export function readGroup(filter: Json | undefined, model: Model, find?: Find): Group {
  const only = isObject(filter) && Object.keys(filter).length === 1 ? groupOf(filter, model, find) : undefined;
  return only ?? { join: 'and', parts: fromFilter(filter, model, find).map((chip) => (isRaw(chip) && groupOf(chip.raw, model, find)) || chip) };
}

function groupOf(raw: Json, model: Model, find?: Find): Group | undefined {
  if (!isObject(raw)) return undefined;
  const members = Object.entries(raw);
  const [key, parts] = members[0] ?? [];
  const join = (Object.keys(keys) as Group['join'][]).find((one) => keys[one] === key);
  if (members.length !== 1 || !join || !Array.isArray(parts)) return undefined;
  return {
    join,
    parts: parts.map((part): Part => {
      const inner = groupOf(part, model, find);
      if (inner) return inner;
      const chips = fromFilter(part, model, find).map((chip): Part => (isRaw(chip) && groupOf(chip.raw, model, find)) || chip);
      return chips.length === 1 ? chips[0]! : { join: 'and', parts: chips };
    }),
  };
}

/** Empty groups say nothing. */
export function writeGroup(group: Group): Json | undefined {
  const parts = group.parts.flatMap((part) => (isGroup(part) ? (writeGroup(part) ?? []) : (toFilter([part]) ?? [])));
  if (parts.length === 0) return undefined;
  if (group.join !== 'and') return { [keys[group.join]]: parts };
  const chips = group.parts.filter((part): part is AnyChip => !isGroup(part));
  if (chips.length === group.parts.length) return toFilter(chips);
  return parts.length === 1 ? parts[0] : { $and: parts };
}
