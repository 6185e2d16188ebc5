// What a list is asked for stands in the address, so that one can go back to it and hand it on: filters, an order, the name looked for.
import { urlOf, type PageQuery } from './api';
import { router } from './router.svelte';
import type { JsonObject } from './types';

export class Asked {
  readonly #path: () => string;
  /** What stands in the search box: asked for a moment after the last letter. */
  typed = $state('');
  #wait: ReturnType<typeof setTimeout> | undefined;

  constructor(path: () => string) {
    this.#path = path;
    this.typed = this.name;
  }

  get(key: string): string {
    return new URLSearchParams(router.search).get(key) ?? '';
  }
  get name(): string {
    return this.get('name');
  }

  /** Empty values go from the address. */
  set(changes: Record<string, string>, replace = false): void {
    void router.go(router.withQuery(changes, this.#path()), { replace });
  }
  search(): void {
    clearTimeout(this.#wait);
    this.#wait = setTimeout(() => this.set({ name: this.typed.trim() }, true), 200);
  }
  forget(): void {
    this.typed = '';
    void router.go(this.#path());
  }
}

/** Of the items that all of these filters take; "-name" is the other way round. */
export const queryOf = (filters: JsonObject[], sort: string): PageQuery => ({
  ...(filters.length ? { filter: filters.length === 1 ? filters[0]! : { $and: filters } } : {}),
  sort: { [sort.replace(/^-/, '')]: sort.startsWith('-') ? -1 : 1 },
});

export const curlOf = (model: string, query: PageQuery, sort: string): string =>
  `curl -g -H 'api-key: …' '${location.origin}${urlOf(`/api/content/items/${model}`, { filter: query.filter ? JSON.stringify(query.filter) : undefined, sort })}'`;
