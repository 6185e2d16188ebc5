// The item that a page is about: what has come, what went wrong, and what is done with it.
import * as api from './api';
import { toasts } from './toasts.svelte';

export class Opened<Row extends { _id: string }> {
  readonly model: string;
  readonly #id: () => string;
  readonly #beside: (item: Row) => Promise<void> | undefined;
  /** Whose answer is waited for. Not read back from `item`: an effect that loads must not run again for what it loaded. */
  #held = '';
  /** undefined: on its way. */
  item: Row | undefined = $state.raw();
  problem: api.Problem | undefined = $state();
  /** Counts what has come, for what shows the item's history. */
  turn = $state(0);

  /** `beside` reads what else the page shows of it; what it throws is a problem of the page. */
  constructor(model: string, id: () => string, beside: (item: Row) => Promise<void> | undefined) {
    this.model = model;
    this.#id = id;
    this.#beside = beside;
  }

  /** What comes for an address that has been left meanwhile is dropped: nobody is to judge one item and act on another. */
  async load(): Promise<void> {
    const id = this.#id();
    if (this.#held !== id) this.item = undefined;
    this.#held = id;
    try {
      const item = (await api.read(this.model, id)).data as unknown as Row;
      if (id !== this.#id()) return;
      this.item = item;
      this.problem = undefined;
      this.turn += 1;
      await this.#beside(item);
    } catch (error) {
      if (id === this.#id()) this.problem = api.asProblem(error);
    }
  }

  async act(verb: string, body: Record<string, string | number>, said: string): Promise<void> {
    if (!this.item) return;
    await api.act(this.model, this.item._id, verb, body);
    toasts.say(said);
    await this.load();
  }
}
