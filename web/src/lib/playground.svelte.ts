// What the playground's parts share: who is asking, whether writing is asked about, and the last fifty requests.
import type { Identity, Remembered } from './calls';

const place = 'vitrine.playground';
const most = 50;

const isRemembered = (one: unknown): one is Remembered =>
  typeof one === 'object' && one !== null && ['method', 'path', 'body'].every((name) => typeof (one as Record<string, unknown>)[name] === 'string') && typeof (one as Remembered).at === 'number';

function kept(): Remembered[] {
  try {
    const all: unknown = JSON.parse(localStorage.getItem(place) ?? '[]');
    return Array.isArray(all) ? all.filter(isRemembered) : [];
  } catch {
    return [];
  }
}

class Playground {
  kind: Identity['kind'] = $state('me');
  /** In memory only, and gone with the page. */
  key = $state('');
  asks = $state(true);
  /** GraphQL's document and variables stay while other tabs are looked at. */
  document = $state('{\n  me {\n    kind\n    roles\n  }\n}\n');
  variables = $state('');
  history: Remembered[] = $state.raw(kept());

  get identity(): Identity {
    return this.kind === 'key' ? { kind: 'key', key: this.key } : { kind: this.kind };
  }
  /** A key that is not written yet asks for nothing. */
  get ready(): boolean {
    return this.kind !== 'key' || this.key.trim() !== '';
  }

  remember(one: Remembered): void {
    const same = (other: Remembered): boolean => other.kind === one.kind && other.method === one.method && other.path === one.path && other.body === one.body;
    this.#keep([one, ...this.history.filter((other) => !same(other))].slice(0, most));
  }
  forget(): void {
    this.#keep([]);
  }

  #keep(next: Remembered[]): void {
    this.history = next;
    try {
      localStorage.setItem(place, JSON.stringify(next));
    } catch {
      // Then it lasts until the page is closed.
    }
  }
}

export const playground = new Playground();
