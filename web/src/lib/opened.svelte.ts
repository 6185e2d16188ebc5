// The item that a page is about: what has come, what went wrong, and what is done with it.
import * as api from './api';
import { toasts } from './toasts.svelte';

export class Opened<Row extends object> {
  readonly model: string;
  readonly #id: () => string;
  readonly #beside: (item: Row) => Promise<void> | undefined;
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

  async load(): Promise<void> {
    try {
      const item = (await api.read(this.model, this.#id())).data as unknown as Row;
      this.item = item;
      this.problem = undefined;
      this.turn += 1;
      await this.#beside(item);
    } catch (error) {
      this.problem = api.asProblem(error);
    }
  }

  async act(verb: string, body: Record<string, string | number>, said: string): Promise<void> {
    await api.act(this.model, this.#id(), verb, body);
    toasts.say(said);
    await this.load();
  }
}
