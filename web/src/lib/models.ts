// Definitions of collections (docs/model.md) while they are edited: what differs, what a rename touches, and what happens when
// somebody else changes the same model meanwhile. No requests and no screen here.
import { plainOf } from './fields';
import { isSecret, kindOf, takes } from './modelkinds';
import { isObject, type Field, type Json, type JsonObject, type Model } from './types';

export type FieldDef = { name: string; kind: string; was?: string; label?: string; group?: string; fields?: FieldDef[]; [key: string]: Json | FieldDef[] | undefined };

export interface Definition {
  name: string;
  was?: string;
  label?: string;
  info?: string;
  group?: string;
  shape?: string;
  display?: string;
  extends?: boolean;
  fields?: FieldDef[];
  view?: JsonObject;
  unique?: Json;
  indexes?: Json;
  actions?: Json;
  [key: string]: Json | FieldDef[] | undefined;
}

export type Sort = 'list' | 'tree' | 'single' | 'component' | 'view';

export function sortOf(definition: Definition): Sort {
  if (definition.view) return 'view';
  const shape = definition.shape ?? 'list';
  return shape === 'tree' || shape === 'single' || shape === 'component' ? shape : 'list';
}

export const isName = (text: string): boolean => /^[A-Za-z][A-Za-z0-9_]{0,63}$/.test(text);

/** A label as the name of a field or a collection: "Preis (EUR)" is preis_eur. */
export function nameFrom(label: string): string {
  const plain = plainOf(label, '_');
  return (/^[0-9]/.test(plain) ? `n${plain}` : plain).slice(0, 64).replace(/_+$/, '');
}

/** Free, letter case aside: name, name_2, name_3 … */
export function freeName(wanted: string, taken: readonly string[]): string {
  const used = new Set(taken.map((one) => one.toLowerCase()));
  let name = wanted;
  for (let i = 2; used.has(name.toLowerCase()); i += 1) name = `${wanted.slice(0, 60)}_${i}`;
  return name;
}

export const same = (a: unknown, b: unknown): boolean => {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((one, i) => same(one, b[i]));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = (of: JsonObject): string[] => Object.keys(of).filter((key) => of[key] !== undefined);
  return keys(a).length === keys(b).length && keys(a).every((key) => same(a[key], b[key]));
};

export const fieldsOf = (definition: Definition | FieldDef | undefined): FieldDef[] => definition?.fields ?? [];

/** With a key, or without it when it says nothing: a definition stays as short as somebody would write it. */
export function withKey<T extends Definition | FieldDef>(of: T, key: string, value: Json | undefined): T {
  const next: T = { ...of };
  // False says something where true is what holds without it, and where it is a value.
  const says = value !== undefined && value !== '' && value !== null && (value !== false || key === 'search' || key === 'default');
  if (says) (next as Record<string, unknown>)[key] = value;
  else delete next[key];
  return next;
}

// What differs.

export type Change = 'new' | 'changed' | 'same';

export interface FieldChange {
  field: FieldDef;
  /** What it was on the server; undefined: it is new. */
  before: FieldDef | undefined;
  change: Change;
}

/** The field of the server that this one is, whatever it is called by now. */
export function beforeOf(field: FieldDef, base: Definition | FieldDef | undefined): FieldDef | undefined {
  const there = fieldsOf(base);
  const named = there.find((one) => one.name === field.name);
  // `was` counts only while there is no field of the new name.
  return named ?? (field.was ? there.find((one) => one.name === field.was) : undefined);
}

export function compareFields(base: Definition | FieldDef | undefined, now: Definition | FieldDef): { fields: FieldChange[]; gone: FieldDef[]; moved: boolean } {
  const fields = fieldsOf(now).map((field): FieldChange => {
    const before = beforeOf(field, base);
    return { field, before, change: !before ? 'new' : same(before, field) ? 'same' : 'changed' };
  });
  const kept = fields.flatMap(({ before }) => (before ? [before.name] : []));
  const gone = fieldsOf(base).filter((field) => !kept.includes(field.name));
  const order = fieldsOf(base).filter((field) => kept.includes(field.name));
  return { fields, gone, moved: !order.every((field, i) => field.name === kept[i]) };
}

/** How many things a definition changes, as a person counts them. */
export function countChanges(base: Definition | undefined, now: Definition | undefined): number {
  if (!base || !now) return base === now ? 0 : 1;
  const { fields, gone, moved } = compareFields(base, now);
  const keys = new Set([...Object.keys(base), ...Object.keys(now)]);
  const own = [...keys].filter((key) => key !== 'fields' && key !== 'was' && !same(base[key], now[key])).length;
  return fields.filter(({ change }) => change !== 'same').length + gone.length + own + (moved ? 1 : 0);
}

// Names that stand in other places.

function renameKeys(filter: Json, from: string, to: string): Json {
  if (Array.isArray(filter)) return filter.map((one) => renameKeys(one, from, to));
  if (!isObject(filter)) return filter;
  return Object.fromEntries(
    Object.entries(filter).map(([key, value]) => [
      key === from ? to : key.startsWith(`${from}.`) ? to + key.slice(from.length) : key,
      key.startsWith('$') ? renameKeys(value, from, to) : value,
    ]),
  );
}

const signed = (name: Json, from: string, to: string): Json => (name === from ? to : name === `-${from}` ? `-${to}` : name);
const inLists = (lists: Json | undefined, from: string, to: string): Json | undefined =>
  Array.isArray(lists) ? lists.map((one) => (Array.isArray(one) ? one.map((name) => signed(name, from, to)) : signed(one, from, to))) : lists;

function actionsWith(actions: Json | undefined, from: string, to: string): Json | undefined {
  const one = (action: Json): Json =>
    isObject(action) && isObject(action.writes) ? { ...action, writes: Object.fromEntries(Object.entries(action.writes).map(([key, value]) => [key === from ? to : key, value])) } : action;
  if (Array.isArray(actions)) return actions.map(one);
  return isObject(actions) ? Object.fromEntries(Object.entries(actions).map(([name, action]) => [name, one(action)])) : actions;
}

/** A field under another name: everything in the definition that speaks of it speaks of the new name. */
export function renameField(definition: Definition, from: string, to: string, base: Definition | undefined): Definition {
  const fields = fieldsOf(definition).map((field) => {
    const next = { ...field };
    if (field.from === from) next.from = to;
    for (const key of ['required_if', 'shown_if']) if (next[key] !== undefined) next[key] = renameKeys(next[key] as Json, from, to);
    return field.name === from ? named(next, to, base) : next;
  });
  const next: Definition = { ...definition, fields };
  if (definition.display === from) next.display = to;
  if (definition.unique !== undefined) next.unique = inLists(definition.unique, from, to) ?? null;
  if (definition.indexes !== undefined) next.indexes = inLists(definition.indexes, from, to) ?? null;
  if (definition.actions !== undefined) next.actions = actionsWith(definition.actions, from, to) ?? null;
  return next;
}

/** The field with another name; `was` says what the server calls it, so that its values stay. */
export function named(field: FieldDef, to: string, base: Definition | FieldDef | undefined): FieldDef {
  const before = beforeOf(field, base);
  const { was: _was, ...rest } = field;
  if (!before) return { ...rest, name: to };
  if (before.name === to) return { ...rest, name: to, ...(before.was ? { was: before.was } : {}) };
  return { ...rest, name: to, was: before.name };
}

const renamed = (name: Json | undefined, names: ReadonlyMap<string, string>): Json | undefined =>
  Array.isArray(name) ? name.map((one) => renamed(one, names) ?? one) : typeof name === 'string' ? (names.get(name) ?? name) : name;

/** A definition that speaks of collections by the names they will have. */
export function withNames<T extends Definition | FieldDef>(of: T, names: ReadonlyMap<string, string>): T {
  if (names.size === 0) return of;
  const next: T = { ...of };
  if ('kind' in of) {
    for (const key of ['to', 'of'] as const) if (of[key] !== undefined) (next as FieldDef)[key] = renamed(of[key] as Json, names);
  } else if (isObject(of.view)) {
    (next as Definition).view = { ...of.view, from: renamed(of.view.from, names) ?? null };
  }
  if (of.fields) next.fields = of.fields.map((field) => withNames(field, names));
  return next;
}

// Somebody else was faster.

export interface Rebased {
  now: Definition;
  /** Theirs, taken over. */
  taken: string[];
  /** Both changed the same: ours stands. */
  clashes: string[];
}

/** Our changes on top of what the server has by now. Names are those of the keys and fields. */
export function rebase(base: Definition, mine: Definition, theirs: Definition): Rebased {
  const taken: string[] = [];
  const clashes: string[] = [];
  const now: Definition = { name: mine.name };
  for (const key of new Set([...Object.keys(theirs), ...Object.keys(mine)])) {
    if (key === 'fields') continue;
    const [was, ours, other] = [base[key], mine[key], theirs[key]];
    if (!same(was, other)) {
      if (same(was, ours)) taken.push(key);
      else if (!same(ours, other)) clashes.push(key);
    }
    const value = same(was, ours) ? other : ours;
    if (value !== undefined) now[key] = value;
  }
  const ourNames = new Set(fieldsOf(mine).flatMap((field) => [field.name, beforeOf(field, base)?.name ?? field.name]));
  const fields: FieldDef[] = [];
  for (const field of fieldsOf(mine)) {
    const was = beforeOf(field, base);
    const other = was ? (fieldsOf(theirs).find((one) => one.name === was.name) ?? fieldsOf(theirs).find((one) => one.was === was.name)) : fieldsOf(theirs).find((one) => one.name === field.name);
    if (!was) {
      if (other && !same(other, field)) clashes.push(field.name);
      fields.push(field);
    } else if (!other) {
      // They took it away. Unless we changed it, it goes.
      if (same(was, field)) taken.push(field.name);
      else {
        clashes.push(field.name);
        const { was: _was, ...rest } = field;
        fields.push(rest as FieldDef);
      }
    } else if (same(was, field)) {
      if (!same(was, other)) taken.push(other.name);
      fields.push(other);
    } else {
      if (!same(was, other)) clashes.push(field.name);
      fields.push(field.name !== other.name && field.name !== was.name ? { ...field, was: other.name } : field);
    }
  }
  for (const was of fieldsOf(base)) {
    const other = fieldsOf(theirs).find((one) => one.name === was.name);
    // We took away what they worked on.
    if (other && !same(was, other) && !fieldsOf(mine).some((field) => beforeOf(field, base) === was)) clashes.push(was.name);
  }
  for (const field of fieldsOf(theirs)) {
    const isNew = !fieldsOf(base).some((one) => one.name === field.name || one.name === field.was);
    if (isNew && !ourNames.has(field.name)) {
      taken.push(field.name);
      fields.push(field);
    }
  }
  now.fields = fields;
  return { now, taken, clashes };
}

// Fields.

/** A field whose kind is another one by now: keys that the new kind has no use for go. */
export function withKind(field: FieldDef, kind: string): FieldDef {
  const target = kindOf(kind);
  const next: FieldDef = { ...field, kind };
  if (!target.many) delete next.many;
  for (const key of kindKeys) if (!takes(kind, key, next.many === true)) delete next[key];
  if (!target.plain) {
    delete next.unique;
    delete next.indexed;
  }
  if (!target.speaks) delete next.localized;
  if (isSecret(kind)) {
    delete next.required_if;
    delete next.search;
  }
  if (kind !== field.kind) {
    delete next.default;
    delete next.computed;
  }
  if (takes(kind, 'options') && !next.options) next.options = [];
  if (kind === 'set' && !next.fields) next.fields = [{ name: 'title', kind: 'text' }];
  return next;
}

const kindKeys = ['integer', 'min', 'max', 'minlength', 'maxlength', 'match', 'min_items', 'max_items', 'options', 'to', 'on_delete', 'back', 'from', 'fields', 'of', 'multiline'];

/** A field by the names that lead to it through sets: "seo", "title". */
export function fieldAt(definition: Definition | FieldDef | undefined, path: readonly string[]): FieldDef | undefined {
  const [first, ...rest] = path;
  const found = fieldsOf(definition).find((field) => field.name === first);
  return rest.length === 0 || !found ? found : fieldAt(found, rest);
}

/** The definition with another field in that place; undefined takes it out. */
export function putField<T extends Definition | FieldDef>(of: T, path: readonly string[], next: FieldDef | undefined): T {
  const [first, ...rest] = path;
  const fields = fieldsOf(of).flatMap((field) => {
    if (field.name !== first) return [field];
    if (rest.length > 0) return [putField(field, rest, next)];
    return next ? [next] : [];
  });
  return { ...of, fields };
}

export function moveTo<T>(list: readonly T[], from: number, to: number): T[] {
  const out = [...list];
  const [one] = out.splice(from, 1);
  if (one !== undefined) out.splice(to, 0, one);
  return out;
}

/** The field that names an item when the definition does not say so. */
export function displayOf(definition: Definition): string {
  if (definition.display) return definition.display;
  const names = fieldsOf(definition).map((field) => field.name);
  return ['title', 'name', 'label', 'email'].find((name) => names.includes(name)) ?? fieldsOf(definition).find((field) => field.kind === 'text')?.name ?? '_id';
}

/** As the rest of the dashboard sees a collection: for filters over fields that are not applied yet. */
export function modelOf(definition: Definition): Model {
  return {
    name: definition.name,
    label: definition.label ?? definition.name,
    shape: definition.shape === 'tree' || definition.shape === 'single' ? definition.shape : 'list',
    system: false,
    fields: fieldsOf(definition) as unknown as Field[],
    can: { create: false, update: false, delete: false, publish: false },
    display: displayOf(definition),
  };
}

/** A file of definitions: one, a list, or {"collections": […]} as the export of all has it. */
export function definitionsIn(text: string): Definition[] | undefined {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return undefined;
  }
  const list = Array.isArray(read) ? read : isObject(read) && Array.isArray(read.collections) ? read.collections : isObject(read) && Array.isArray(read.definitions) ? read.definitions : [read];
  const found = list.map((one: unknown) => (isObject(one) && isObject(one.definition) ? one.definition : one)).filter((one): one is JsonObject => isObject(one) && typeof one.name === 'string');
  return found.length === list.length && found.length > 0 ? (found as unknown as Definition[]) : undefined;
}
