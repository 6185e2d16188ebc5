// One entry on the desk: loaded, saved by itself, kept in the browser while it is not, published, and what to do when two people
// write at once. The screen shows it; this has no screen.
import * as api from './api';
import type { Answer, Problem } from './api';
import { resolve, sameValue, sortFaults, threeWay, type Difference } from './diff';
import * as entry from './entry';
import { Form } from './form.svelte';
import { forget, keep, recall, type Kept } from './kept.svelte';
import { languagesOf, unflatten } from './languages';
import { follow, type Event } from './live';
import { Saver } from './saver.svelte';
import { session } from './session.svelte';
import type { Field, Item, Json, JsonObject, Model } from './types';

export type Choice = Record<string, 'mine' | 'theirs' | { value: Json }>;

/** Both changed something: what differs, and the version that is there now. */
export interface Clash {
  theirs: Answer<Item>;
  differences: Difference[];
}

export class Editing {
  readonly model: Model;
  readonly form: Form;
  readonly saver: Saver;
  id: string | undefined = $state();
  phase: 'loading' | 'ready' | 'failed' = $state('loading');
  problem: Problem | undefined = $state.raw();
  /** Why what was asked for was not done: shown above the fields. */
  refusal: Problem | undefined = $state.raw();
  clash: Clash | undefined = $state.raw();
  /** Text of an earlier visit that never reached the server. */
  found: Kept | undefined = $state.raw();
  plans: entry.Plan[] = $state.raw([]);
  /** What happened to it while it was open. */
  news: { kind: 'changed' | 'deleted'; by: string } | undefined = $state.raw();
  busy = $state(false);
  /** Collections of the server have no pending versions: they are saved when somebody says so, and at once for everybody. */
  readonly drafts: boolean;
  readonly #way: entry.Way;
  #keeping: ReturnType<typeof setTimeout> | undefined;
  /** Everything that is not on the server is in the browser's database. */
  #isKept = true;
  #let: (() => void) | undefined;

  /** Belongs to no component: a new entry outlives the screen that it was made on (lib/handover). */
  static open(model: Model, id: string | undefined): Editing {
    let made: Editing | undefined;
    $effect.root(() => {
      made = new Editing(model, id);
    });
    return made!;
  }

  constructor(model: Model, id: string | undefined) {
    this.model = model;
    this.id = id;
    this.form = new Form(model);
    this.drafts = !model.system;
    this.#way = { drafts: this.drafts, languages: false };
    this.saver = new Saver({ dirty: () => this.#toSend().length > 0, send: () => this.#send(), settle: () => this.#settle() });
  }

  get mayWrite(): boolean {
    return this.form.item ? this.model.can.update : this.model.can.create;
  }
  /** A new entry is made when somebody says so: its address is made of its title, which has to be finished first. */
  get savesItself(): boolean {
    return this.drafts && this.mayWrite && this.form.item !== undefined;
  }
  get isNew(): boolean {
    return this.form.item === undefined;
  }
  /** Published, with changes that readers do not see yet. */
  get isPending(): boolean {
    return this.form.item?._draft === true;
  }
  get isStoredSomewhere(): boolean {
    return !this.form.dirty || this.#isKept;
  }
  /** Not everybody who may plan something may read what is planned. */
  get seesPlans(): boolean {
    return this.drafts && session.model('schedules') !== undefined;
  }
  get #place(): string {
    return this.id ?? 'single';
  }

  async load(): Promise<void> {
    this.phase = 'loading';
    this.problem = undefined;
    try {
      const languages = await languagesOf(this.model);
      if (languages.length) this.form.speak(languages);
      this.#way.languages = languages.length > 0;
      const answer = this.id === 'new' ? undefined : await this.#readOrNothing();
      if (answer?.data._id) this.form.load(answer.data, answer.etag);
      else {
        this.form.startNew();
        if (answer) this.form.propose(this.form.flat(answer.data));
      }
      this.phase = 'ready';
      await Promise.all([this.#recall(), this.#loadPlans()]);
    } catch (error) {
      this.problem = api.asProblem(error);
      this.phase = 'failed';
    }
  }

  /** A new entry begins as a copy of another one. What has to be unique is left out. */
  async copyFrom(id: string): Promise<void> {
    const { data } = await entry.read(this.model, id, this.#way);
    const values = this.form.flat(data);
    for (const field of this.form.fields) if (field.unique || field.kind === 'slug' || field.locked || field.computed !== undefined) delete values[field.name];
    this.form.restore(values);
  }

  /** A single that was never saved is not there, and no fault. */
  async #readOrNothing(): Promise<Answer<Item> | undefined> {
    try {
      return await entry.read(this.model, this.id, this.#way);
    } catch (error) {
      if (this.model.shape === 'single' && api.asProblem(error).status === 404) return undefined;
      throw error;
    }
  }

  /** The newest version again; what was typed and is not saved stays. */
  async reload(): Promise<void> {
    const { data, etag } = await entry.read(this.model, this.id, this.#way);
    this.form.saved(data, etag, this.form.base);
    await this.#loadPlans();
  }

  async #loadPlans(): Promise<void> {
    const item = this.form.item;
    if (!item || !this.seesPlans) return;
    this.plans = await entry.plansOf(this.model, item._id).catch(() => []);
  }

  // -- saving

  /** After every change by hand. */
  touched(): void {
    this.#isKept = false;
    if (this.savesItself) this.saver.touched();
    clearTimeout(this.#keeping);
    this.#keeping = setTimeout(() => void this.keepNow(), 300);
  }

  #open(): Field[] {
    if (!this.drafts) return this.form.fields;
    // A password half typed is no password: secrets go when somebody says "save".
    const secrets = new Set(this.form.secrets());
    return this.form.fields.filter((field) => !secrets.has(field));
  }

  #toSend(): Field[] {
    const changed = new Set(this.form.changed);
    return this.#open().filter((field) => changed.has(field.name));
  }

  async #send(): Promise<void> {
    const fields = this.#open();
    try {
      await this.#sendThese(fields);
    } catch (error) {
      const problem = api.asProblem(error);
      if (problem.status !== 422) throw problem;
      await this.#sendOthers(fields, problem);
      this.form.refuse(problem.faults);
      throw problem;
    }
    this.refusal = undefined;
    void this.keepNow();
  }

  async #sendThese(fields: readonly Field[]): Promise<void> {
    const item = this.form.item;
    if (!item) return;
    const sent = this.form.snapshot();
    const stored = await entry.change(this.model, item._id, this.form.patch(fields), this.form.etag, this.#way);
    this.form.saved(stored.data, stored.etag, sent, fields);
  }

  /** One wrong value does not hold the others back. */
  async #sendOthers(fields: readonly Field[], problem: Problem): Promise<void> {
    if (!this.drafts) return;
    const wrong = new Set(Object.keys(sortFaults(problem.faults, this.model.fields).byPath).map((path) => path.split('/')[0]));
    const others = fields.filter((field) => !wrong.has(field.name.split('@@')[0]));
    const changed = new Set(this.form.changed);
    if (others.some((field) => changed.has(field.name))) await this.#sendThese(others).catch(() => undefined);
  }

  /** Everything, now, because somebody said so. Whether it is stored. */
  async save(): Promise<boolean> {
    if (this.busy || !this.mayWrite || this.clash) return false;
    this.busy = true;
    this.refusal = undefined;
    try {
      if (Object.keys(this.form.broken).length) return false;
      if (this.isNew) await this.#create();
      else {
        await this.#sendSecrets();
        if (!(await this.saver.flush())) {
          if (this.saver.state !== 'conflict') this.refusal = this.saver.problem;
          return false;
        }
      }
      await this.keepNow();
      return true;
    } catch (error) {
      this.refuse(error);
      return false;
    } finally {
      this.busy = false;
    }
  }

  refuse(error: unknown): void {
    this.refusal = api.asProblem(error);
    this.form.refuse(this.refusal.faults);
  }

  async #create(): Promise<void> {
    const sent = this.form.snapshot();
    const before = this.#place;
    const made = await entry.create(this.model, this.form.whole(), this.#way);
    const { data, etag } = made.etag ? made : await entry.read(this.model, made.data._id, this.#way);
    this.form.saved(data, etag, sent);
    this.saver.savedAt = new Date();
    void forget(this.model.name, before);
    if (this.model.shape !== 'single') this.id = data._id;
  }

  /** Secrets have no drafts (docs/publish.md): of a published entry they are changed at once. */
  async #sendSecrets(): Promise<void> {
    const item = this.form.item;
    const changed = new Set(this.form.changed);
    const secrets = this.drafts ? this.form.secrets().filter((field) => changed.has(field.name)) : [];
    if (!item || !secrets.length) return;
    const isDraft = item._state === 0;
    await entry.change(this.model, item._id, this.form.patch(secrets), isDraft ? this.form.etag : '*', { ...this.#way, drafts: isDraft });
    for (const { name } of secrets) this.form.undo(name);
    await this.reload();
  }

  // -- when somebody else was faster

  /** Takes what only they changed; asks about the rest. */
  async #settle(): Promise<boolean> {
    const theirs = await entry.read(this.model, this.id, this.#way);
    const mine = this.form.snapshot();
    const differences = threeWay(this.form.fields, this.form.base, mine, this.form.flat(theirs.data));
    if (differences.some((one) => one.conflict)) {
      this.clash = { theirs, differences };
      return false;
    }
    this.form.merge(theirs.data, theirs.etag, resolve(mine, differences));
    this.news = { kind: 'changed', by: theirs.data._mby ?? '' };
    return true;
  }

  /**
   * The answers to a conflict. What is given up of mine is saved once before it is replaced, so that it stays in the history.
   * Throws a Problem, and then nothing has changed.
   */
  async answer(choice: Choice): Promise<void> {
    const clash = this.clash;
    const item = this.form.item;
    if (!clash || !item) return;
    const mine = this.form.snapshot();
    const next = resolve(mine, clash.differences, choice);
    let { data, etag } = clash.theirs;
    const givenUp = clash.differences.filter((one) => one.conflict && !sameValue(next[one.field.name], one.mine)).map((one) => one.field.name);
    if (this.drafts && givenUp.length) {
      const kept = Object.fromEntries(givenUp.map((name) => [name, mine[name] ?? null]));
      try {
        ({ data, etag } = await entry.change(this.model, item._id, unflatten(kept), etag, this.#way));
      } catch (error) {
        // A third version by now: the question is asked anew, with that one.
        if (api.asProblem(error).status !== 412 || !(await this.#settle())) throw error;
        this.clash = undefined;
        this.saver.resume();
        return;
      }
    }
    this.form.merge(data, etag, next);
    this.clash = undefined;
    this.saver.resume();
    if (!this.savesItself || !this.form.dirty) return;
    await this.saver.flush();
  }

  // -- in the browser

  /** Writes down what is not on the server. */
  async keepNow(): Promise<void> {
    clearTimeout(this.#keeping);
    if (!this.drafts || this.found) {
      this.#isKept = !this.form.dirty;
      return;
    }
    const touches = this.form.touches;
    const fields = this.#toSend();
    const now = this.form.snapshot();
    const pick = (all: JsonObject): JsonObject => Object.fromEntries(fields.map(({ name }) => [name, all[name] ?? null]));
    const stored = fields.length ? await keep(this.model.name, this.#place, pick(now), pick(this.form.base)) : (await forget(this.model.name, this.#place), true);
    const isAll = fields.length === this.form.changed.length && Object.keys(this.form.broken).length === 0;
    if (touches === this.form.touches) this.#isKept = stored && isAll;
  }

  async #recall(): Promise<void> {
    if (!this.drafts) return;
    const found = await recall(this.model.name, this.#place);
    if (!found) return;
    const now = this.form.snapshot();
    const known = new Set(this.form.fields.map((field) => field.name));
    const values = Object.fromEntries(Object.entries(found.values).filter(([name, value]) => known.has(name) && !sameValue(value, now[name])));
    if (Object.keys(values).length) this.found = { ...found, values };
    else await forget(this.model.name, this.#place);
  }

  /** The text comes back. Where the entry went on without it, both are shown. */
  bringBack(): void {
    const found = this.found;
    if (!found) return;
    this.found = undefined;
    const now = this.form.snapshot();
    const names = Object.keys(found.values);
    const fields = this.form.fields.filter((field) => names.includes(field.name));
    const differences = threeWay(fields, found.base, found.values, now);
    if (this.form.item && differences.some((one) => one.conflict)) {
      const theirs = { data: this.form.item, etag: this.form.etag };
      this.form.restore(found.values);
      this.clash = { theirs, differences };
      this.saver.state = 'conflict';
    } else this.form.restore(found.values);
  }

  async throwAway(): Promise<void> {
    this.found = undefined;
    await forget(this.model.name, this.#place);
  }

  /** Before the page is left: saves, or keeps. Whether everything is stored somewhere. */
  async leave(): Promise<boolean> {
    if (!this.form.dirty) return true;
    if (this.savesItself && this.saver.state !== 'conflict') {
      const tooLong = new Promise<boolean>((done) => setTimeout(() => done(false), 3000));
      if ((await Promise.race([this.saver.flush(), tooLong])) && !this.form.dirty) return true;
    }
    await this.keepNow();
    return this.isStoredSomewhere;
  }

  // -- publishing

  /** Does it with everything that was typed. Whether it was done; else `refusal` or `clash` says why not. */
  async act(verb: entry.Verb, body: JsonObject = {}): Promise<boolean> {
    if (!(await this.save())) return false;
    const item = this.form.item;
    if (!item) return false;
    this.busy = true;
    try {
      await entry.act(this.model, item._id, verb, body, this.form.etag);
      await this.reload();
      return true;
    } catch (error) {
      if (api.asProblem(error).status === 412) await this.#settle().catch((also: unknown) => this.refuse(also));
      else this.refuse(error);
      return false;
    } finally {
      this.busy = false;
    }
  }

  /** It and what it links to, in one transaction: all of them or none. */
  async publishWith(linked: readonly entry.Linked[]): Promise<boolean> {
    if (!(await this.save())) return false;
    const item = this.form.item;
    if (!item) return false;
    this.busy = true;
    try {
      const others = linked.map((one) => ({ in: one.model, id: one.id, if_rev: one.item._rev }));
      await entry.publishTogether([...others, { in: this.model.name, id: item._id, if_rev: item._rev }]);
      await this.reload();
      return true;
    } catch (error) {
      this.refuse(error);
      return false;
    } finally {
      this.busy = false;
    }
  }

  /** Null calls off; what stays as it is planned is not said again. Throws a Problem. */
  async plan(at: { publish: string | null; unpublish: string | null }): Promise<void> {
    const item = this.form.item;
    if (!item || !(await this.save())) return;
    const before = (action: string): number => Date.parse(this.plans.find((one) => one.action === action)?.at ?? '');
    for (const action of ['publish', 'unpublish'] as const) {
      const when = at[action];
      const isSame = when === null ? Number.isNaN(before(action)) && this.seesPlans : Date.parse(when) === before(action);
      if (!isSame) await entry.act(this.model, item._id, action, { at: when });
    }
    await this.#loadPlans();
  }

  /** Drops the pending version, and what was typed into it. */
  async discard(): Promise<void> {
    const item = this.form.item;
    if (!item) return;
    this.saver.stop();
    await entry.act(this.model, item._id, 'discard');
    const { data, etag } = await entry.read(this.model, this.id, this.#way);
    this.form.load(data, etag);
    this.saver.state = 'clean';
    await this.keepNow();
  }

  /** What readers see now, in the fields of the form. */
  async published(): Promise<Item> {
    return (await entry.read(this.model, this.id, { ...this.#way, drafts: false })).data;
  }

  async remove(): Promise<void> {
    const item = this.form.item;
    if (!item) return;
    this.saver.stop();
    await api.remove(this.model.name, item._id);
    void forget(this.model.name, this.#place);
  }

  // -- while it is open

  /** Looks after the entry until the answer is called. */
  watch(): () => void {
    const id = this.form.item?._id;
    this.#let?.();
    this.#let = id ? follow({ collection: this.model.name, item: id }, (event) => void this.#heard(event)) : undefined;
    return () => {
      this.#let?.();
      this.saver.stop();
      clearTimeout(this.#keeping);
    };
  }

  async #heard(event: Event): Promise<void> {
    if (event.change === 'removed') {
      this.news = { kind: 'deleted', by: '' };
      return;
    }
    // Our own saves are told, too, sometimes before their answer has come.
    if (this.saver.busy) await this.saver.flush();
    const item = this.form.item;
    if (!item || this.busy || this.clash || event.revision <= (item._rev ?? 0)) return;
    try {
      const now = await entry.read(this.model, this.id, this.#way);
      if ((now.data._rev ?? 0) <= (this.form.item?._rev ?? 0)) return;
      const mine = this.form.snapshot();
      const differences = threeWay(this.form.fields, this.form.base, mine, this.form.flat(now.data));
      this.news = { kind: 'changed', by: now.data._mby ?? '' };
      if (!differences.some((one) => one.conflict)) this.form.merge(now.data, now.etag, resolve(mine, differences));
    } catch {
      // The next save will find out.
    }
  }
}
