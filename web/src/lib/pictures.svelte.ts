// The assets that a form refers to: what they are called, what they show, and new ones from the reader's disk.
import { untrack } from 'svelte';
import * as api from './api';
import { session } from './session.svelte';
import { t } from './text.svelte';
import { toasts } from './toasts.svelte';
import type { Item } from './types';
import { upload } from './uploads';

/** A file becomes an asset, and is known here. */
export async function bring(file: File): Promise<Item> {
  const asset = await upload(file);
  pictures.learn(asset);
  return asset;
}

/** Several of them, one after the other; who is told how many more or fewer are on their way shows it. */
export async function bringAll(files: readonly File[], onleft: (change: number) => void): Promise<Item[]> {
  const made: Item[] = [];
  onleft(files.length);
  for (const file of files) {
    try {
      made.push(await bring(file));
    } catch (error) {
      toasts.fail(t('{name} was not brought in', { name: file.name }), error);
    }
    onleft(-1);
  }
  return made;
}

/** Where everybody finds its bytes, however often they are replaced. */
export const addressOf = (asset: Item): string => `/assets${typeof asset.path === 'string' ? asset.path : ''}`;

/** Files that were dragged or pasted. */
export const filesIn = (data: DataTransfer | null): File[] => [...(data?.files ?? [])];

class Pictures {
  #known: Record<string, Item> = $state.raw({});
  #wanted = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  get = (id: string): Item | undefined => this.#known[id];

  learn(...assets: Item[]): void {
    const before = untrack(() => this.#known);
    this.#known = { ...before, ...Object.fromEntries(assets.map((asset) => [asset._id, asset])) };
  }

  /** Goes to look for those that are not known; all that are wanted at once in one request. */
  want(id: string): void {
    if (this.#known[id] || !session.model('assets')) return;
    this.#wanted.add(id);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#fetch(), 10);
  }

  async #fetch(): Promise<void> {
    const ids = [...this.#wanted].slice(0, 200);
    this.#wanted.clear();
    try {
      this.learn(...(await api.page('assets', { filter: { _id: { $in: ids } }, limit: ids.length })).data);
    } catch {
      // Their ids are shown instead.
    }
  }
}

export const pictures = new Pictures();
