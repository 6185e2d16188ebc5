// What others do to a collection while its list is looked at: new entries are counted, changed ones that are in sight are told.
import { follow } from './live';

export class Newcomers {
  /** Entries that are not in the list yet. */
  added: ReadonlySet<string> = $state.raw(new Set());
  /** Just changed; a moment later no more. */
  fresh: ReadonlySet<string> = $state.raw(new Set());
  #changed = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #fading: ReturnType<typeof setTimeout> | undefined;

  /** Until the answer is called. `shown`: whether an entry is in sight; `reload`: what of it has changed. */
  watch(collection: string, shown: (id: string) => boolean, reload: (ids: string[]) => Promise<void>): () => void {
    const leave = follow({ collection }, (event) => {
      if (event.verb === 'used') return;
      if (shown(event.item)) {
        this.#changed.add(event.item);
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => void this.#tell(reload), 300);
      } else if (event.change === 'added') this.added = new Set([...this.added, event.item]);
      else if (event.change === 'removed' && this.added.has(event.item)) this.added = new Set([...this.added].filter((id) => id !== event.item));
    });
    return () => {
      leave();
      clearTimeout(this.#timer);
      clearTimeout(this.#fading);
    };
  }

  forget(): void {
    if (this.added.size) this.added = new Set();
  }

  async #tell(reload: (ids: string[]) => Promise<void>): Promise<void> {
    const ids = [...this.#changed];
    this.#changed.clear();
    await reload(ids).catch(() => undefined);
    this.fresh = new Set(ids);
    clearTimeout(this.#fading);
    this.#fading = setTimeout(() => (this.fresh = new Set()), 2400);
  }
}
