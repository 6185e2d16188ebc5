// Releases (docs/publish.md): entries of any collections that go live together.
import * as api from './api';
import type { Fault } from './api';
import type { Item } from './types';

export interface ReleaseEntry {
  collection: string;
  item: string;
  action: 'publish' | 'unpublish';
}
export interface Release extends Item {
  name: string;
  info: string | null;
  entries: (ReleaseEntry & { [key: string]: string })[] | null;
  published_at: string | null;
  published_by: string | null;
}

export const entriesOf = (release: Release): ReleaseEntry[] => release.entries ?? [];
export const sameEntry = (a: ReleaseEntry, b: ReleaseEntry): boolean => a.collection === b.collection && a.item === b.item;

/** What the server said against each entry, by its place: "/entries/1" or "/entries/1/…". */
export function faultsByEntry(faults: readonly Fault[]): Map<number, string> {
  const found = new Map<number, string>();
  for (const fault of faults) {
    const at = /^\/?entries\/(\d+)/.exec(fault.pointer)?.[1];
    if (at === undefined) continue;
    const before = found.get(Number(at));
    found.set(Number(at), before ? `${before} · ${fault.detail}` : fault.detail);
  }
  return found;
}

/** Entries with others behind them; what is there already stays as it is. */
export function withEntries(before: readonly ReleaseEntry[], more: readonly ReleaseEntry[]): ReleaseEntry[] {
  return [...before, ...more.filter((one) => !before.some((other) => sameEntry(one, other)))];
}

export function saveEntries(release: Release, entries: readonly ReleaseEntry[]): Promise<api.Answer<Item>> {
  return api.change('releases', release._id, { entries: entries.map(({ collection, item, action }) => ({ collection, item, action })) }, `"${release._rev ?? '*'}"`);
}
