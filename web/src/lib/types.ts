export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type JsonObject = { [name: string]: Json };

export type Option = string | number | { value: string | number; label?: string; group?: string };

export interface Field {
  name: string;
  kind: string;
  label?: string | null;
  info?: string | null;
  group?: string | null;
  required?: boolean;
  unique?: boolean;
  locked?: boolean;
  /** The model says "many"; the list of models says "multiple". Both mean an ordered list of values. */
  many?: boolean;
  multiple?: boolean;
  multiline?: boolean;
  integer?: boolean;
  /** Made by the database when it is read. */
  computed?: Json;
  min?: number;
  max?: number;
  minlength?: number;
  maxlength?: number;
  min_items?: number;
  max_items?: number;
  /** The collection that is referred to, when it is one. */
  to?: string | null;
  /** The collections, when it may be one of several. */
  targets?: string[] | undefined;
  /** What component it holds, or which of them. */
  of?: string | string[] | null;
  /** Those of a field of blocks. */
  blocks?: Component[] | undefined;
  /** The form that a field asks for: "table", "markdown", "pem", "ip", "cidr". */
  editor?: string | null;
  /** The language of a code. */
  mode?: string | null;
  shown_if?: Json;
  from?: string | null;
  options?: Option[] | null;
  fields?: Field[] | null;
  default?: Json;
  /** Differs by language (docs/translate.md). */
  localized?: boolean;
  /** Filters over the item's own fields (docs/filter.md). */
  required_if?: Json;
  /** In a form: the language that this part of a localised field is in (lib/languages.ts). */
  language?: string;
}

/** A group of fields with a name, for others to use. */
export interface Component {
  name: string;
  label: string;
  info?: string | null;
  group?: string | null;
  fields: Field[];
}

export type Shape = 'list' | 'single' | 'tree';

export interface Rights {
  create: boolean;
  update: boolean;
  delete: boolean;
  publish: boolean;
}

export interface Model {
  name: string;
  label: string;
  info?: string | null;
  shape: Shape;
  group?: string | null;
  icon?: string | null;
  system: boolean;
  fields: Field[];
  /** What its fields are made of. */
  components?: Component[];
  can: Rights;
  display: string;
}

export interface Item {
  _id: string;
  _state?: number;
  _created?: number;
  _modified?: number;
  _cby?: string | null;
  _mby?: string | null;
  _rev?: number;
  [name: string]: Json | undefined;
}

export interface User {
  _id: string;
  email?: string;
  name?: string;
  roles?: string[];
}

export interface Me {
  kind: 'user' | 'key' | 'public';
  user: User | null;
  roles: string[];
  session?: { _id: string; strength: string; second_factor: boolean; must_enrol: boolean } | null;
  csrf?: string;
}

export interface Page {
  data: Item[];
  total: number;
}

export type Ref = { _model: string; _id: string };

export function isRef(value: unknown): value is Ref {
  return typeof value === 'object' && value !== null && typeof (value as Ref)._id === 'string';
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function labelOf(field: Field): string {
  return field.label || humanise(field.name);
}

/** "published_on" and "publishedOn" are both "Published on" to a reader. */
export function humanise(name: string): string {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/[_-]+/g, ' ')
    .trim()
    .toLowerCase();
  return words ? words[0]!.toUpperCase() + words.slice(1) : name;
}
