// The model as it is on the server, and the changes to it that somebody collects in this browser before they are applied.
import * as api from './api';
import { countChanges, rebase, same, withNames, type Definition } from './models';
import { session } from './session.svelte';
import type { Item } from './types';

export interface Entry {
  /** As it was on the server when the first change was made; undefined: it is new. */
  base: Definition | undefined;
  now: Definition;
}

export interface Step {
  step: string;
  collection: string;
  field?: string;
  text: string;
  rows: number;
  values_lost: number;
  loses: boolean;
}
export interface Break {
  what: string;
  id: string;
  role: string;
  text: string;
  gone: boolean;
}
export interface Plan {
  model: number;
  loses: boolean;
  steps: Step[];
  breaks: Break[];
  fails: { detail: string; errors: api.Fault[] } | null;
}

/** What was taken over when somebody else had changed the same model. */
export interface Merged {
  collection: string;
  taken: string[];
  clashes: string[];
  /** It is not there any more. */
  gone: boolean;
}

type Kept = { entries: Record<string, Entry>; dropped: string[] };

class Workshop {
  /** By name: what stands in the collection `collections`. */
  definitions: Record<string, Definition> = $state.raw({});
  loaded = $state(false);
  problem: api.Problem | undefined = $state.raw();
  entries: Record<string, Entry> = $state.raw({});
  dropped: string[] = $state.raw([]);
  merged: Merged[] = $state.raw([]);

  /** Old name -> new name, of collections that are renamed in the draft. */
  readonly renames = $derived.by(() => new Map(Object.values(this.entries).flatMap(({ base, now }) => (base && base.name !== now.name ? [[base.name, now.name] as const] : []))));

  /** How it will be, under the keys of addresses: the server's name, or the first name of a new one. */
  readonly now: Record<string, Definition> = $derived.by(() => {
    const all: Record<string, Definition> = {};
    for (const [name, definition] of Object.entries(this.definitions)) if (!this.dropped.includes(name)) all[name] = withNames(definition, this.renames);
    for (const [key, entry] of Object.entries(this.entries)) all[key] = entry.now;
    return all;
  });

  readonly count = $derived(this.dropped.length + Object.entries(this.entries).reduce((sum, [key, entry]) => sum + this.changesOf(key, entry), 0));

  changesOf(key: string, entry: Entry | undefined = this.entries[key]): number {
    return entry ? countChanges(entry.base && withNames(entry.base, this.renames), entry.now) : 0;
  }

  /** The server's, under the names that it will have; what a definition is compared with. */
  baseOf(key: string): Definition | undefined {
    const base = this.entries[key] ? this.entries[key].base : this.definitions[key];
    return base && withNames(base, this.renames);
  }

  get storageKey(): string {
    return `vitrine.models.${session.user?._id ?? ''}`;
  }

  async load(): Promise<void> {
    try {
      const found: Record<string, Definition> = {};
      for (let cursor = '', first = true; first || cursor; first = false) {
        const page = await api.page<Item>('collections', { fields: { name: 1, definition: 1 }, limit: 200, sort: { name: 1 } }, cursor);
        for (const item of page.data) {
          const definition = item.definition as unknown as Definition | null;
          if (definition?.name) found[definition.name] = definition;
        }
        cursor = page.next;
      }
      this.definitions = found;
      this.problem = undefined;
      if (!this.loaded) this.#restore();
      this.merged = this.#catchUp();
      this.loaded = true;
    } catch (error) {
      this.problem = api.asProblem(error);
    }
  }

  #restore(): void {
    try {
      const kept = JSON.parse(localStorage.getItem(this.storageKey) ?? 'null') as Kept | null;
      if (!kept) return;
      this.entries = kept.entries;
      this.dropped = kept.dropped;
    } catch {
      // A browser without storage forgets with the page.
    }
  }

  #keep(): void {
    try {
      if (this.count === 0) localStorage.removeItem(this.storageKey);
      else localStorage.setItem(this.storageKey, JSON.stringify({ entries: this.entries, dropped: this.dropped } satisfies Kept));
    } catch {
      // As above.
    }
  }

  /** Puts the draft on top of what the server has by now, and tells what that meant. */
  #catchUp(): Merged[] {
    const told: Merged[] = [];
    const next: Record<string, Entry> = {};
    for (const [key, entry] of Object.entries(this.entries)) {
      const theirs = this.definitions[entry.base?.name ?? entry.now.name];
      if (!entry.base) {
        if (theirs && !same(theirs, entry.now)) told.push({ collection: entry.now.name, taken: [], clashes: [entry.now.name], gone: false });
        next[key] = entry;
      } else if (!theirs) {
        told.push({ collection: entry.base.name, taken: [], clashes: [], gone: true });
      } else if (same(theirs, entry.base)) {
        next[key] = entry;
      } else {
        const { now, taken, clashes } = rebase(entry.base, entry.now, theirs);
        if (taken.length || clashes.length) told.push({ collection: entry.base.name, taken, clashes, gone: false });
        next[key] = { base: theirs, now };
      }
    }
    this.entries = next;
    this.dropped = this.dropped.filter((name) => this.definitions[name]);
    this.#keep();
    return told;
  }

  put(key: string, now: Definition): void {
    const base = this.entries[key] ? this.entries[key].base : this.definitions[key];
    const before = this.renames;
    this.entries = { ...this.entries, [key]: { base, now } };
    this.#follow(before, key);
    const nothingAdded = !base && now.extends === true && !now.fields?.length;
    if (nothingAdded || (base && this.changesOf(key) === 0 && same(base.was, now.was))) this.undo(key);
    else this.#keep();
  }

  /** Others in the draft speak of a renamed collection by its new name. */
  #follow(before: ReadonlyMap<string, string>, key: string): void {
    const entry = this.entries[key];
    const [from, to] = [before.get(entry?.base?.name ?? '') ?? entry?.base?.name ?? key, entry?.now.name ?? key];
    if (from === to) return;
    const names = new Map([[from, to]]);
    this.entries = Object.fromEntries(Object.entries(this.entries).map(([name, one]) => [name, { base: one.base, now: withNames(one.now, names) }]));
  }

  undo(key: string): void {
    const { [key]: gone, ...rest } = this.entries;
    this.entries = rest;
    if (gone?.base && gone.base.name !== gone.now.name) {
      const back = new Map([[gone.now.name, gone.base.name]]);
      this.entries = Object.fromEntries(Object.entries(this.entries).map(([name, one]) => [name, { base: one.base, now: withNames(one.now, back) }]));
    }
    this.dropped = this.dropped.filter((name) => name !== key);
    this.#keep();
  }

  drop(key: string): void {
    const known = this.definitions[key] !== undefined;
    this.undo(key);
    if (known) this.dropped = [...this.dropped, key];
    this.#keep();
  }

  discard(): void {
    this.entries = {};
    this.dropped = [];
    this.merged = [];
    this.#keep();
  }

  /** The body of plan and apply. */
  wish(): { definitions: Definition[]; drop: string[] } {
    const definitions = Object.entries(this.entries).flatMap(([key, { base, now }]) => {
      if (base && this.changesOf(key, { base, now }) === 0) return [];
      const { was: _was, ...rest } = now;
      if (!base) return [rest];
      if (base.name !== now.name) return [{ ...rest, was: base.name } as Definition];
      return [base.was ? ({ ...rest, was: base.was } as Definition) : rest];
    });
    return { definitions, drop: this.dropped };
  }

  async plan(): Promise<Plan> {
    return (await api.request<Plan>('/api/content/models/plan', { method: 'POST', body: this.wish() })).data;
  }

  /** All of it in one transaction; 412 when the model is another one than the plan was made for. */
  async apply(plan: Plan): Promise<void> {
    await api.request('/api/content/models/apply', { method: 'POST', body: { ...this.wish(), model: plan.model, ...(plan.loses ? { allow_loss: true } : {}) } });
    this.discard();
    await Promise.all([this.load(), session.loadModels()]);
  }

  /** GraphQL's names for collections, as the server has them. */
  async typeNames(): Promise<Map<string, string>> {
    type Type = { name: string | null; kind: string; ofType?: Type };
    const query = '{__schema{queryType{fields{name type{name kind ofType{name kind ofType{name kind ofType{name kind}}}}}}}}';
    const names = new Map<string, string>();
    try {
      const { data } = await api.request<{ data?: { __schema: { queryType: { fields: { name: string; type: Type }[] } } } }>('/graphql', { method: 'POST', body: { query } });
      for (const field of data.data?.__schema.queryType.fields ?? []) {
        let type: Type | undefined = field.type;
        while (type && !type.name) type = type.ofType;
        if (type?.name && !/(Connection|Aggregate)$/.test(field.name)) names.set(field.name, type.name);
      }
    } catch {
      // Then names are guessed.
    }
    return names;
  }

  /** What could be meant by a reference or a component, by the names that hold after applying. */
  names(sort: 'items' | 'components'): string[] {
    const own = Object.values(this.now)
      .filter((definition) => !definition.extends && !definition.view && (sort === 'components') === (definition.shape === 'component') && definition.shape !== 'single')
      .map((definition) => definition.name)
      .sort();
    return sort === 'components' ? own : [...own, ...session.models.filter((model) => model.system && model.shape !== 'single').map((model) => model.name)];
  }
}

export const workshop = new Workshop();
