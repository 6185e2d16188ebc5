// What a change of a model means beyond its own tables: entries that do not keep a rule which is new, and names in GraphQL.
import { graphqlType, type TypeNames } from './modelsketch';
import { compareFields, fieldsOf, same, type Definition, type FieldDef } from './models';
import { m } from './text.svelte';
import type { Json, JsonObject } from './types';

export interface Check {
  collection: string;
  field: string;
  /** With {field} and {limit}. */
  text: string;
  limit: string;
  /** Entries that do not keep it, by the names that the server knows now. */
  filter: JsonObject;
}

const tighter = (now: unknown, before: unknown, up: boolean): now is number => typeof now === 'number' && (typeof before !== 'number' || (up ? now > before : now < before));
const valuesOf = (options: unknown): Json[] => (Array.isArray(options) ? options.map((one: unknown) => (typeof one === 'object' && one !== null ? ((one as { value: Json }).value ?? null) : (one as Json))) : []);

function checksOf(collection: string, before: FieldDef, now: FieldDef): Check[] {
  const found: Check[] = [];
  const name = before.name;
  const add = (text: string, limit: Json, filter: JsonObject): void => void found.push({ collection, field: now.name, text, limit: String(limit), filter });
  if (now.required && !before.required) add(m('{field} becomes required, and these have none'), '', { [name]: { $empty: true } });
  if (now.kind !== before.kind || now.many !== before.many || now.many || now.kind === 'tags') return found;
  if (tighter(now.min, before.min, true)) add(m('{field} is less than {limit}'), now.min, { [name]: { $lt: now.min } });
  if (tighter(now.max, before.max, false)) add(m('{field} is more than {limit}'), now.max, { [name]: { $gt: now.max } });
  if (tighter(now.maxlength, before.maxlength, false)) add(m('{field} is longer than {limit} characters'), now.maxlength, { [`length(${name})`]: { $gt: now.maxlength } });
  if (tighter(now.minlength, before.minlength, true)) add(m('{field} is shorter than {limit} characters'), now.minlength, { [`length(${name})`]: { $lt: now.minlength } });
  if (typeof now.match === 'string' && now.match !== before.match) add(m('{field} does not match {limit}'), now.match, { $and: [{ [name]: { $empty: false } }, { [name]: { $not: { $regex: `^(?:${now.match})$` } } }] });
  if (now.kind === 'select' && !same(now.options, before.options)) {
    const gone = valuesOf(before.options).filter((one) => !valuesOf(now.options).includes(one));
    if (gone.length) add(m('{field} has a choice that goes away: {limit}'), gone.map(String).join(', '), { [name]: { $in: gone } });
  }
  return found;
}

/** Rules are looked at when a value is written: what is there stays as it is. These tell where that will be noticed. */
export function checks(base: Definition | undefined, now: Definition): Check[] {
  if (!base || base.shape === 'component' || base.view) return [];
  return compareFields(base, now).fields.flatMap(({ field, before, change }) => (before && change === 'changed' ? checksOf(base.name, before, field) : []));
}

export interface NameChange {
  change: 'new' | 'gone' | 'renamed' | 'type';
  /** Type.field, or a type alone. */
  name: string;
  was?: string;
}

/** What somebody who asks in GraphQL notices. */
export function graphqlChanges(base: Definition | undefined, now: Definition | undefined, names: TypeNames): NameChange[] {
  const before = base && names(base);
  const after = now && names(now);
  if (!before) return after ? [{ change: 'new', name: after }] : [];
  if (!after || !now) return [{ change: 'gone', name: before }];
  const found: NameChange[] = before === after ? [] : [{ change: 'renamed', name: after, was: before }];
  const { fields, gone } = compareFields(base, now);
  for (const { field, before: was } of fields) {
    const [type, old] = [graphqlType(field, after, names), was && graphqlType(was, before, names)];
    if (!was) found.push({ change: 'new', name: `${after}.${field.name}` });
    else if (was.name !== field.name) found.push({ change: 'renamed', name: `${after}.${field.name}`, was: `${before}.${was.name}` });
    else if (old !== type && before === after) found.push({ change: 'type', name: `${after}.${field.name}: ${type}`, was: old ?? '' });
  }
  for (const field of gone) found.push({ change: 'gone', name: `${before}.${field.name}` });
  return found;
}

/** Places in a definition that the server complained about, in words: "/definitions/0/fields/3/to". */
export function placeOfFault(pointer: string, definitions: readonly Definition[]): { collection: string; path: string[]; key: string } | undefined {
  const [, where, index, ...rest] = pointer.split('/');
  const definition = where === 'definitions' ? definitions[Number(index)] : undefined;
  if (!definition) return undefined;
  const path: string[] = [];
  let at: Definition | FieldDef = definition;
  while (rest[0] === 'fields' && rest[1] !== undefined) {
    const next: FieldDef | undefined = fieldsOf(at)[Number(rest[1])];
    if (!next) break;
    path.push(next.name);
    at = next;
    rest.splice(0, 2);
  }
  return { collection: definition.name, path, key: rest.join('/') };
}

