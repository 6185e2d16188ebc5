// Text that is not on the server yet, in the browser's own database: for the day when the tab is closed, the battery is empty or the
// network is gone. Of whoever typed it, no secrets, for two weeks at most, and gone when he signs out.
import { session } from './session.svelte';
import type { JsonObject } from './types';

export interface Kept {
  /** Person, model and id. */
  key: string;
  user: string;
  at: number;
  /** What was changed, and what stood there before. */
  values: JsonObject;
  base: JsonObject;
}

const store = 'unsaved';
const twoWeeks = 14 * 86_400_000;

let database: Promise<IDBDatabase> | undefined;

function open(): Promise<IDBDatabase> {
  database ??= new Promise((done, fail) => {
    const asked = indexedDB.open('vitrine', 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(store, { keyPath: 'key' });
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => fail(asked.error ?? new Error('no database'));
  });
  database.catch(() => (database = undefined));
  return database;
}

async function work<T>(mode: IDBTransactionMode, ask: (rows: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const transaction = (await open()).transaction(store, mode);
  const asked = ask(transaction.objectStore(store));
  return new Promise((done, fail) => {
    transaction.oncomplete = () => done(asked.result);
    transaction.onabort = transaction.onerror = () => fail(transaction.error ?? new Error('not kept'));
  });
}

const keyOf = (model: string, id: string): string => `${session.user?._id ?? ''}/${model}/${id}`;

/** Whether it is stored. A browser that keeps nothing says no, and then leaving the page has to ask. */
export async function keep(model: string, id: string, values: JsonObject, base: JsonObject): Promise<boolean> {
  try {
    await work('readwrite', (rows) => rows.put({ key: keyOf(model, id), user: session.user?._id ?? '', at: Date.now(), values, base } satisfies Kept));
    return true;
  } catch {
    return false;
  }
}

export async function recall(model: string, id: string): Promise<Kept | undefined> {
  try {
    const found = await work<Kept | undefined>('readonly', (rows) => rows.get(keyOf(model, id)) as IDBRequest<Kept | undefined>);
    if (!found || Date.now() - found.at < twoWeeks) return found;
    await forget(model, id);
  } catch {
    // Nothing is kept here.
  }
  return undefined;
}

export async function forget(model: string, id: string): Promise<void> {
  await work('readwrite', (rows) => rows.delete(keyOf(model, id))).catch(() => undefined);
}

async function forgetAll(user: string): Promise<void> {
  try {
    const all = await work<Kept[]>('readonly', (rows) => rows.getAll() as IDBRequest<Kept[]>);
    for (const one of all) if (one.user === user) await work('readwrite', (rows) => rows.delete(one.key));
  } catch {
    // There was nothing.
  }
}

// Signing out takes it along; a session that ran out does not: that is what it is kept for.
$effect.root(() => {
  let inside = '';
  $effect(() => {
    if (session.phase === 'inside') inside = session.user?._id ?? '';
    else if (session.phase === 'anonymous' && inside) {
      void forgetAll(inside);
      inside = '';
    }
  });
});
