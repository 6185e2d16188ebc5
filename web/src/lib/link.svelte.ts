// A link out of a mail: /admin/reset#vtl_… Its token is taken out of the address at once, so that neither history nor a
// screenshot has it, and is kept in memory until it was used.
import { base, router } from './router.svelte';

export const linkKinds = ['invitation', 'reset', 'magic', 'verify'] as const;
export type LinkKind = (typeof linkKinds)[number];

class Link {
  #token = $state('');

  constructor() {
    this.#read();
    // A second link pasted into the same page changes only what is behind the '#'.
    addEventListener('hashchange', () => this.#read());
  }

  get kind(): LinkKind | undefined {
    return linkKinds.find((kind) => router.path === `/${kind}`);
  }
  get token(): string {
    return this.#token;
  }
  used(): void {
    this.#token = '';
  }

  #read(): void {
    if (!linkKinds.some((kind) => location.pathname === `${base}/${kind}`) || location.hash.length < 2) return;
    this.#token = location.hash.slice(1);
    history.replaceState(history.state, '', location.pathname + location.search);
  }
}

export const link = new Link();
