// What every control gets, and what it tells its element.
import { getContext, setContext } from 'svelte';
import { controlId } from '../lib/form.svelte';
import type { Field, Json, JsonObject } from '../lib/types';

export interface ControlProps {
  field: Field;
  value: Json | undefined;
  path: string;
  id: string;
  label: string;
  /** The values beside this one: a slug is made of one of them. */
  siblings: JsonObject;
  depth: number;
  disabled: boolean;
  describedby: string | undefined;
  invalid: boolean;
  onchange: (value: Json) => void;
}

export interface Aids {
  id: string;
  disabled: boolean;
  'aria-label': string | undefined;
  'aria-describedby': string | undefined;
  'aria-invalid': true | undefined;
  'aria-required': true | undefined;
}

const key = Symbol('prefix');
/** A form in a drawer has the same places as the form under it; its ids begin with something else. */
export const providePrefix = (prefix: string): string => setContext(key, prefix);
export function useIds(): (path: string) => string {
  const prefix = getContext<string | undefined>(key) ?? '';
  return (path) => prefix + controlId(path);
}
