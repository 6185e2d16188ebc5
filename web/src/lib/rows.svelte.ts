// A listing that is read page by page, by cursor: what has come, what went wrong, and more.
import * as api from './api';
import type { PageQuery, Problem } from './api';
import { session } from './session.svelte';
import type { Item } from './types';

export class Rows<Row extends { _id: string } = Item> {
  readonly model: string;
  /** undefined: on their way. */
  items: Row[] | undefined = $state.raw();
  problem: Problem | undefined = $state();
  more = $state(false);
  #query: PageQuery = {};
  #next = '';
  #abort: AbortController | undefined;

  constructor(model: string) {
    this.model = model;
  }

  /** From the beginning. Rows that are shown stay until the new ones have come. */
  async load(query: PageQuery = this.#query): Promise<void> {
    this.#query = query;
    this.#next = '';
    await this.#fetch([]);
  }

  async loadMore(): Promise<void> {
    if (this.#next) await this.#fetch(this.items ?? []);
  }

  async #fetch(before: Row[]): Promise<void> {
    this.#abort?.abort();
    const abort = (this.#abort = new AbortController());
    try {
      const page = await api.page<Row>(this.model, this.#query, this.#next, abort.signal);
      if (abort.signal.aborted) return;
      this.items = [...before, ...page.data];
      this.#next = page.next;
      this.more = page.next !== '';
      this.problem = undefined;
    } catch (error) {
      if (!abort.signal.aborted) this.problem = api.asProblem(error);
    }
  }
}

/** All of a collection, to choose from; none for who may not read it. */
export async function allOf<Row extends { _id: string }>(model: string): Promise<Row[]> {
  if (!session.model(model)) return [];
  return api.page<Row>(model, { sort: { name: 1 }, limit: 200 }).then(({ data }) => data, () => []);
}
