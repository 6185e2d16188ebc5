// An entry while it is edited: what the server has (base), what stands in the form (values), and what
// is wrong with it. Components get it by context.
import { getContext, setContext } from 'svelte';
import { changedFields, patchOf, sameValue, sortFaults, type Difference, resolve } from './diff';
import { initialOf, isEmpty } from './fields';
import type { Fault } from './api';
import type { Field, Item, Json, JsonObject, Model } from './types';

export class Form {
  readonly model: Model;
  readonly fields: Field[];
  item: Item | undefined = $state.raw();
  etag = '';
  base: JsonObject = $state.raw({});
  values: JsonObject = $state({});
  /** From the server, by place: "title", "links/0/url". */
  faults: Record<string, string[]> = $state({});
  /** Faults that belong to no field. */
  loose: string[] = $state([]);
  /** What was typed but is no value yet: broken JSON, half a number. */
  broken: Record<string, string> = $state({});
  readonly changed = $derived.by(() => changedFields(this.fields, this.base, this.values));

  constructor(model: Model) {
    this.model = model;
    this.fields = model.fields;
  }

  get dirty(): boolean {
    return this.changed.length > 0 || Object.keys(this.broken).length > 0;
  }

  startNew(): void {
    this.item = undefined;
    this.etag = '';
    this.base = Object.fromEntries(this.fields.map((field) => [field.name, initialOf(field)]));
    this.values = structuredClone(this.base);
    this.#forget();
  }

  load(item: Item, etag: string): void {
    this.#take(item, etag);
    this.values = structuredClone(this.base);
    this.#forget();
  }

  /** After saving: the server's word for everything that was not typed over meanwhile. */
  saved(item: Item, etag: string, sent: JsonObject): void {
    const now = this.snapshot();
    this.#take(item, etag);
    for (const field of this.fields)
      if (sameValue(now[field.name], sent[field.name])) this.values[field.name] = structuredClone(this.base[field.name] ?? null);
    this.faults = {};
    this.loose = [];
  }

  /** Somebody else was faster: their version becomes the base, the form keeps what was chosen. */
  merge(item: Item, etag: string, differences: readonly Difference[], choice: Record<string, 'mine' | 'theirs'>): void {
    const next = resolve(this.snapshot(), differences, choice);
    this.#take(item, etag);
    this.values = structuredClone(next);
    this.faults = {};
    this.loose = [];
  }

  undo(name: string): void {
    this.values[name] = structuredClone(this.base[name] ?? null);
    for (const place of Object.keys(this.broken)) if (place === name || place.startsWith(`${name}/`)) delete this.broken[place];
    this.clear(name);
  }

  snapshot(): JsonObject {
    return $state.snapshot(this.values as unknown) as JsonObject;
  }

  patch(): JsonObject {
    return patchOf(this.fields, this.base, this.snapshot());
  }

  /** A new item: what is there; the server knows what an absent field means. */
  whole(): JsonObject {
    const now = this.snapshot();
    const writable = this.fields.filter((field) => !field.locked && !isEmpty(now[field.name]));
    return Object.fromEntries(writable.map((field) => [field.name, now[field.name] ?? null]));
  }

  /** A single that was never saved: what the server would answer, shown as a start. */
  propose(defaults: JsonObject): void {
    for (const field of this.fields) if (!isEmpty(defaults[field.name])) this.values[field.name] = defaults[field.name] ?? null;
    this.base = this.snapshot();
  }

  refuse(faults: readonly Fault[]): void {
    const sorted = sortFaults(faults, this.fields);
    this.faults = sorted.byPath;
    this.loose = sorted.rest;
  }

  /** Typing into a field takes its fault away. */
  clear(path: string): void {
    for (const place of Object.keys(this.faults)) if (place === path || place.startsWith(`${path}/`)) delete this.faults[place];
  }

  break(path: string, text: string | undefined): void {
    if (text === undefined) delete this.broken[path];
    else this.broken[path] = text;
  }

  #take(item: Item, etag: string): void {
    this.item = item;
    this.etag = etag;
    this.base = Object.fromEntries(this.fields.map((field) => [field.name, structuredClone((item[field.name] as Json | undefined) ?? null)]));
  }

  #forget(): void {
    this.faults = {};
    this.loose = [];
    this.broken = {};
  }
}

const key = Symbol('form');
export const provideForm = (form: Form): Form => setContext(key, form);
export const useForm = (): Form => getContext<Form>(key);

/** The id of the control for a place in the form: what labels, faults and the summary point at. */
export const controlId = (path: string): string => `f-${path.replace(/[^A-Za-z0-9_-]/g, '-')}`;
