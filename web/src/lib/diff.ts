// What changed in a form, what to send, and what to do when somebody else was faster.
import { isObject, type Field, type Json, type JsonObject } from './types';
import { isEmpty } from './fields';

export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined || a === null || b === null) return isEmptyish(a) && isEmptyish(b);
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((one, i) => same(one, b[i]));
  if (isObject(a) && isObject(b)) {
    const names = new Set([...Object.keys(a), ...Object.keys(b)]);
    for (const name of names) if (!same(a[name], b[name])) return false;
    return true;
  }
  return false;
}

const isEmptyish = (value: unknown): boolean => value === undefined || value === null;

/** A form shows "" and [] where an item has null; typing and deleting again is no change. */
export function sameValue(a: unknown, b: unknown): boolean {
  return same(a, b) || (isEmpty(a) && isEmpty(b));
}

export function changedFields(fields: readonly Field[], base: JsonObject, mine: JsonObject): string[] {
  return fields.map((field) => field.name).filter((name) => !sameValue(base[name], mine[name]));
}

/** RFC 7396: the patch that turns `from` into `to`. A member that went away is null. */
export function mergePatch(from: Json | undefined, to: Json): Json {
  if (!isObject(from) || !isObject(to)) return to;
  const patch: JsonObject = {};
  for (const name of Object.keys(from)) if (!(name in to)) patch[name] = null;
  for (const [name, value] of Object.entries(to)) if (!same(from[name], value)) patch[name] = mergePatch(from[name], value);
  return patch;
}

/** What PATCH sends: only what was changed here, so that nothing else is touched. */
export function patchOf(fields: readonly Field[], base: JsonObject, mine: JsonObject): JsonObject {
  const patch: JsonObject = {};
  for (const name of changedFields(fields, base, mine)) patch[name] = mergePatch(base[name], mine[name] ?? null);
  return patch;
}

export interface Difference {
  field: Field;
  base: Json;
  mine: Json;
  theirs: Json;
  /** Both sides changed it, and not in the same way. */
  conflict: boolean;
  /** Which side is taken when nobody chooses. */
  take: 'mine' | 'theirs';
}

/** Three versions of an item; only fields in which mine and theirs differ are told. */
export function threeWay(fields: readonly Field[], base: JsonObject, mine: JsonObject, theirs: JsonObject): Difference[] {
  const out: Difference[] = [];
  for (const field of fields) {
    const [b, m, t] = [base[field.name] ?? null, mine[field.name] ?? null, theirs[field.name] ?? null];
    if (sameValue(m, t)) continue;
    const byMe = !sameValue(b, m);
    const byThem = !sameValue(b, t);
    out.push({ field, base: b, mine: m, theirs: t, conflict: byMe && byThem, take: byMe ? 'mine' : 'theirs' });
  }
  return out;
}

/** The form after a choice per field: a side, or a value that was made of both. */
export function resolve(mine: JsonObject, differences: readonly Difference[], choice: Record<string, 'mine' | 'theirs' | { value: Json }> = {}): JsonObject {
  const out: JsonObject = { ...mine };
  for (const { field, theirs, take } of differences) {
    const chosen = choice[field.name] ?? take;
    if (chosen === 'theirs') out[field.name] = theirs;
    else if (chosen !== 'mine') out[field.name] = chosen.value;
  }
  return out;
}

/** "/data/seo/title" and "/seo/title" are the same place; so are "seo/title" and "#/seo/title". */
export function pathOf(pointer: string, names: ReadonlySet<string>): string {
  const parts = pointer
    .replace(/^#/, '')
    .split('/')
    .filter((part, i) => part !== '' || i > 0)
    .map((part) => part.replace(/~1/g, '/').replace(/~0/g, '~'));
  if (parts[0] === 'data' && !names.has('data')) parts.shift();
  return parts.join('/');
}

/** Faults by the place they belong to; the rest has no field of its own. */
export function sortFaults(
  faults: readonly { pointer: string; detail: string }[],
  fields: readonly Field[],
): { byPath: Record<string, string[]>; rest: string[] } {
  const names = new Set(fields.map((field) => field.name));
  const byPath: Record<string, string[]> = {};
  const rest: string[] = [];
  for (const fault of faults) {
    const path = pathOf(fault.pointer, names);
    if (names.has(path.split('/')[0] ?? '')) (byPath[path] ??= []).push(fault.detail);
    else rest.push(fault.detail);
  }
  return { byPath, rest };
}
