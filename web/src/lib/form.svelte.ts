// An entry while it is edited: what the server has (base), what stands in the form (values), and what
// is wrong with it. Components get it by context. With languages, fields are those of lib/languages.
import { getContext, setContext } from 'svelte';
import { patchOf, same, sameValue, sortFaults } from './diff';
import { initialOf, isEmpty, widgetOf } from './fields';
import { byLanguage, expand, flatten, nameIn, partsOf, standardOf, unflatten, type Language } from './languages';
import type { Fault } from './api';
import type { Field, Item, JsonObject, Model } from './types';

/** Whether one field differs from what is saved: looked at again only when that field was typed into. */
class Watched {
  readonly #form: Form;
  readonly name: string;
  readonly differs = $derived.by(() => !sameValue(this.#form.base[this.name], this.#form.values[this.name]));

  constructor(form: Form, name: string) {
    this.#form = form;
    this.name = name;
  }
}

export class Form {
  readonly model: Model;
  fields: Field[] = $state.raw([]);
  languages: readonly Language[] = $state.raw([]);
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
  /** Goes up whenever a person changes something: for who saves by himself. */
  touches = $state(0);
  readonly #byLanguage = $derived(byLanguage(this.fields));
  readonly #watched = $derived(this.fields.map((field) => new Watched(this, field.name)));
  #lastChanged: string[] = [];
  /** The names of fields that differ from what is saved. The same list as long as they are the same, so that typing wakes nobody else. */
  readonly changed = $derived.by(() => {
    const now = this.#watched.filter((one) => one.differs).map((one) => one.name);
    if (!same(now, this.#lastChanged)) this.#lastChanged = now;
    return this.#lastChanged;
  });

  constructor(model: Model, languages: readonly Language[] = []) {
    this.model = model;
    this.fields = model.fields;
    if (languages.length) this.speak(languages);
  }

  /** Before the entry is loaded: in which languages it is. */
  speak(languages: readonly Language[]): void {
    this.languages = languages;
    this.fields = expand(this.model, languages);
  }

  get dirty(): boolean {
    return this.changed.length > 0 || Object.keys(this.broken).length > 0;
  }

  /** The same field in another language. */
  inLanguage(field: Field, code: string): Field | undefined {
    return this.#byLanguage.get(partsOf(field.name).name)?.get(code);
  }

  /** A value by its name in the model: in the default language where there are several. */
  plain(name: string): JsonObject[string] | undefined {
    const standard = this.#byLanguage.get(name)?.get(standardOf(this.languages));
    return this.values[standard?.name ?? name];
  }

  set(name: string, value: JsonObject[string]): void {
    this.values[name] = value;
    this.touches += 1;
  }

  /** The value of one field into another: a translation begins as a copy. */
  copy(from: string, to: string): void {
    this.set(to, structuredClone(this.snapshot()[from] ?? null));
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

  /** After saving these fields: the server's word for what was not typed over meanwhile. What it left as it was is not touched. */
  saved(item: Item, etag: string, sent: JsonObject, fields: readonly Field[] = this.fields): void {
    const now = this.snapshot();
    this.#take(item, etag);
    for (const { name } of fields)
      if (sameValue(now[name], sent[name]) && !sameValue(now[name], this.base[name])) this.values[name] = structuredClone(this.base[name] ?? null);
    this.faults = {};
    this.loose = [];
  }

  /** Somebody else was faster: their version becomes the base, the form shows what was made of both. */
  merge(item: Item, etag: string, next: JsonObject): void {
    const now = this.snapshot();
    this.#take(item, etag);
    for (const { name } of this.fields) if (!same(now[name], next[name])) this.values[name] = structuredClone(next[name] ?? null);
    this.faults = {};
    this.loose = [];
  }

  /** Text that waited somewhere comes back into its fields. */
  restore(values: JsonObject): void {
    for (const { name } of this.fields) if (name in values) this.values[name] = structuredClone(values[name] ?? null);
    this.touches += 1;
  }

  undo(name: string): void {
    this.values[name] = structuredClone(this.base[name] ?? null);
    for (const place of Object.keys(this.broken)) if (place === name || place.startsWith(`${name}/`)) delete this.broken[place];
    this.clear(name);
    this.touches += 1;
  }

  snapshot(): JsonObject {
    return $state.snapshot(this.values as unknown) as JsonObject;
  }

  /** What PATCH sends, of all fields or of these. */
  patch(fields: readonly Field[] = this.fields): JsonObject {
    return unflatten(patchOf(fields, this.base, this.snapshot()));
  }

  /** A new item: what is there; the server knows what an absent field means. */
  whole(): JsonObject {
    const now = this.snapshot();
    const writable = this.fields.filter((field) => !field.locked && field.computed === undefined && !isEmpty(now[field.name]));
    return unflatten(Object.fromEntries(writable.map((field) => [field.name, now[field.name] ?? null])));
  }

  /** An item of another time or version, in the fields of this form. */
  flat(item: Item): JsonObject {
    return flatten(this.fields, item);
  }

  /** A single that was never saved: what the server would answer, shown as a start. */
  propose(defaults: JsonObject): void {
    for (const field of this.fields) if (!isEmpty(defaults[field.name])) this.values[field.name] = defaults[field.name] ?? null;
    this.base = this.snapshot();
  }

  refuse(faults: readonly Fault[]): void {
    const sorted = sortFaults(faults, this.model.fields);
    this.faults = Object.fromEntries(Object.entries(sorted.byPath).map(([path, said]) => [this.#placeOf(path), said]));
    this.loose = sorted.rest;
  }

  /** Typing into a field takes its fault away. */
  clear(path: string): void {
    for (const place of Object.keys(this.faults)) if (place === path || place.startsWith(`${path}/`)) delete this.faults[place];
  }

  break(path: string, text: string | undefined): void {
    if (text === undefined) delete this.broken[path];
    else this.broken[path] = text;
    this.touches += 1;
  }

  secrets(): Field[] {
    return this.fields.filter((field) => widgetOf(field) === 'secret');
  }

  /** "title/de" of the server is a field of its own here; "title" alone is about the default language. */
  #placeOf(path: string): string {
    const [name = '', second, ...rest] = path.split('/');
    if (!this.languages.length || !this.model.fields.some((field) => field.name === name && field.localized)) return path;
    const isCode = this.languages.some((one) => one.code === second);
    return [nameIn(name, isCode ? second! : standardOf(this.languages)), ...(isCode || second === undefined ? [] : [second]), ...rest].join('/');
  }

  #take(item: Item, etag: string): void {
    this.item = item;
    this.etag = etag;
    this.base = structuredClone(this.flat(item));
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
