// Whether an item satisfies a filter (docs/filter.md), as far as a form can say: for shown_if and required_if. What is not known here
// is answered with undefined, and whoever asks shows the field: a condition must not hide what it is not understood.
import { isObject, isRef, type Field, type Json, type JsonObject } from './types';

type Answer = boolean | undefined;

const all = (answers: Answer[]): Answer => (answers.includes(false) ? false : answers.includes(undefined) ? undefined : true);
const any = (answers: Answer[]): Answer => (answers.includes(true) ? true : answers.includes(undefined) ? undefined : false);
const not = (answer: Answer): Answer => (answer === undefined ? undefined : !answer);

const isNothing = (value: Json | undefined): boolean => value === undefined || value === null;
const isEmpty = (value: Json | undefined): boolean => isNothing(value) || value === '' || (Array.isArray(value) && value.length === 0);
/** A reference is compared by its id; 1 and true are the same to a filter. */
const plain = (value: Json | undefined): Json => (isRef(value) ? value._id : value === true ? 1 : value === false ? 0 : (value ?? null));

function equal(value: Json | undefined, wanted: Json): boolean {
  if (Array.isArray(value) && !Array.isArray(wanted)) return value.some((one) => equal(one, wanted));
  if (isNothing(wanted)) return isNothing(value);
  return JSON.stringify(plain(value)) === JSON.stringify(plain(wanted));
}

function order(value: Json | undefined, wanted: Json, holds: (sign: number) => boolean): boolean {
  const [a, b] = [plain(value), plain(wanted)];
  if (typeof a === 'number' && typeof b === 'number') return holds(a - b);
  return typeof a === 'string' && typeof b === 'string' && holds(a < b ? -1 : a > b ? 1 : 0);
}

const texts = (value: Json | undefined): string[] => (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string');
const text = (value: Json | undefined, wanted: Json, holds: (said: string, part: string) => boolean): Answer =>
  typeof wanted === 'string' ? texts(value).some((said) => holds(said, wanted)) : undefined;

const operators: Record<string, (value: Json | undefined, wanted: Json) => Answer> = {
  $eq: equal,
  $ne: (value, wanted) => !equal(value, wanted),
  $gt: (value, wanted) => order(value, wanted, (sign) => sign > 0),
  $gte: (value, wanted) => order(value, wanted, (sign) => sign >= 0),
  $lt: (value, wanted) => order(value, wanted, (sign) => sign < 0),
  $lte: (value, wanted) => order(value, wanted, (sign) => sign <= 0),
  $between: (value, wanted) => (Array.isArray(wanted) && wanted.length === 2 ? order(value, wanted[0]!, (sign) => sign >= 0) && order(value, wanted[1]!, (sign) => sign <= 0) : undefined),
  $in: (value, wanted) => (Array.isArray(wanted) ? wanted.some((one) => equal(value, one)) : undefined),
  $nin: (value, wanted) => (Array.isArray(wanted) ? !wanted.some((one) => equal(value, one)) : undefined),
  $exists: (value, wanted) => isNothing(value) !== Boolean(wanted),
  $empty: (value, wanted) => isEmpty(value) === Boolean(wanted),
  $nempty: (value, wanted) => isEmpty(value) !== Boolean(wanted),
  $has: equal,
  $all: (value, wanted) => (Array.isArray(wanted) ? wanted.every((one) => equal(value, one)) : undefined),
  $size: (value, wanted) => (Array.isArray(value) ? value.length : 0) === wanted,
  $contains: (value, wanted) => text(value, wanted, (said, part) => said.includes(part)),
  $notContains: (value, wanted) => not(text(value, wanted, (said, part) => said.includes(part))),
  $startsWith: (value, wanted) => text(value, wanted, (said, part) => said.startsWith(part)),
  $endsWith: (value, wanted) => text(value, wanted, (said, part) => said.endsWith(part)),
};

const isOperators = (wanted: Json): wanted is JsonObject => isObject(wanted) && !isRef(wanted) && Object.keys(wanted).some((key) => key.startsWith('$'));

function field(value: Json | undefined, wanted: Json): Answer {
  if (!isOperators(wanted)) return equal(value, wanted);
  return all(Object.entries(wanted).map(([operator, one]) => (operator === '$not' ? not(field(value, one)) : operators[operator]?.(value, one))));
}

export function holds(filter: Json | undefined, values: Readonly<Record<string, Json | undefined>>): Answer {
  if (Array.isArray(filter)) return all(filter.map((one) => holds(one, values)));
  if (!isObject(filter)) return undefined;
  return all(
    Object.entries(filter).map(([name, wanted]): Answer => {
      const parts = Array.isArray(wanted) ? wanted.map((one) => holds(one, values)) : [];
      if (name === '$and') return all(parts);
      if (name === '$or') return any(parts);
      if (name === '$nor') return not(any(parts));
      if (name === '$not') return not(holds(wanted, values));
      if (name.startsWith('$') || name.includes('(')) return undefined;
      const [head = '', ...rest] = name.split('.');
      return field(rest.reduce<Json | undefined>((inside, part) => (isObject(inside) ? inside[part] : undefined), values[head]), wanted);
    }),
  );
}

export const isShown = (one: Field, values: JsonObject): boolean => !one.shown_if || holds(one.shown_if, values) !== false;
export const isWanted = (one: Field, values: JsonObject): boolean => one.required === true || (one.required_if ? holds(one.required_if, values) === true : false);
