// The titles and states of referenced items, asked for in one request per collection and remembered for a while.
import * as api from './api';
import { nameOf } from './fields';
import { session } from './session.svelte';

class Names {
  #known: Record<string, string> = $state({});
  #states: Record<string, number> = $state({});
  #wanted = new Map<string, Set<string>>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  get = (model: string, id: string): string | undefined => this.#known[`${model}/${id}`];

  /** Whether it is published, once it was asked for. */
  state = (model: string, id: string): number | undefined => this.#states[`${model}/${id}`];

  /** Like get, and goes to look when it is not known. Call it from an effect, not from markup. */
  want(model: string, id: string): void {
    if (this.#known[`${model}/${id}`] !== undefined || !session.model(model)) return;
    let ids = this.#wanted.get(model);
    if (!ids) this.#wanted.set(model, (ids = new Set()));
    ids.add(id);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#fetch(), 10);
  }

  learn(model: string, id: string, name: string, state?: number): void {
    this.#known[`${model}/${id}`] = name;
    if (state !== undefined) this.#states[`${model}/${id}`] = state;
  }

  clear(): void {
    this.#known = {};
    this.#states = {};
  }

  async #fetch(): Promise<void> {
    const wanted = [...this.#wanted];
    this.#wanted.clear();
    await Promise.all(
      wanted.map(async ([name, ids]) => {
        const model = session.model(name);
        if (!model) return;
        const all = [...ids].slice(0, 200);
        try {
          const page = await api.list(name, { filter: { _id: { $in: all } }, limit: all.length, skip: 0 });
          for (const item of page.data) this.learn(name, item._id, nameOf(model, item), item._state);
        } catch {
          // The id is shown instead; a list must not fail because of a name.
        }
      }),
    );
  }
}

export const names = new Names();
