// Views that somebody saved of a list, in the server's collection `views`: his own, and those shared with him. What may be
// seen of them is the server's business; without the right to read it there are none.
import * as api from './api';
import { fromState, stateOf, type ListView } from './listview';
import { session } from './session.svelte';
import { isRef, type Item, type JsonObject, type Ref } from './types';

export type Sharing = 'me' | 'roles' | 'everyone';

export interface SavedView extends Item {
  name: string;
  collection: string;
  kind: string;
  state: JsonObject | null;
  shared: Sharing | null;
  roles: Ref[] | null;
  owner: Ref | null;
}

export const isMine = (view: SavedView): boolean => isRef(view.owner) && view.owner._id === session.user?._id;
export const shownBy = (view: SavedView): ListView => fromState(view.kind, view.state, view._id);

export class SavedViews {
  all: SavedView[] = $state.raw([]);
  readonly available: boolean;
  readonly #collection: string;

  constructor(collection: string) {
    this.#collection = collection;
    this.available = collection !== 'views' && session.model('views') !== undefined;
  }

  async load(): Promise<void> {
    if (!this.available) return;
    const { data } = await api.page<SavedView>('views', { filter: { collection: this.#collection }, sort: { name: 1 }, limit: 200 });
    this.all = data;
  }

  #body(view: ListView, columns: string[]): JsonObject {
    return { kind: view.kind, state: stateOf({ ...view, columns }) };
  }

  async create(name: string, view: ListView, columns: string[], shared: Sharing, roles: string[]): Promise<SavedView> {
    const { data } = await api.create('views', { name, collection: this.#collection, ...this.#body(view, columns), shared, roles: shared === 'roles' ? roles : [] });
    await this.load();
    return data as SavedView;
  }

  /** Replaced as a whole: a patch would leave conditions in it that are gone. */
  async keep(saved: SavedView, view: ListView, columns: string[]): Promise<void> {
    const { name, collection, shared, roles, owner } = saved;
    const body = { name, collection, shared, roles: (roles ?? []).map((role) => role._id), owner: owner?._id ?? null, ...this.#body(view, columns) };
    await api.request(api.itemPath('views', saved._id), { method: 'PUT', body, ifMatch: `"${saved._rev ?? '*'}"` });
    await this.load();
  }

  async describe(saved: SavedView, name: string, shared: Sharing, roles: string[]): Promise<void> {
    await api.change('views', saved._id, { name, shared, roles: shared === 'roles' ? roles : [] }, `"${saved._rev ?? '*'}"`);
    await this.load();
  }

  async remove(saved: SavedView): Promise<void> {
    await api.remove('views', saved._id);
    await this.load();
  }
}
