// Questions to the journal as a form has them, the filter they are, and what an entry says in a line.
import { m } from './text.svelte';
import type { Item, Json, JsonObject } from './types';

export interface Entry extends Item {
  seq: number;
  at: string;
  who: string;
  via: string;
  verb: string;
  collection: string;
  item: string;
  request_id: string;
  revision?: number;
  changes?: { field: string; from: Json; to: Json }[];
  before?: JsonObject | null;
  after?: JsonObject | null;
  address?: string;
  reason?: string;
  times?: number;
  last?: string;
}

/** Names as they stand in the address of the screen. */
export const asked = ['who', 'collection', 'verb', 'item', 'via', 'address', 'request', 'from', 'to'] as const;
export type Asked = Partial<Record<(typeof asked)[number], string>>;

export const refusals = ['access.denied', 'credential.refused', 'sign_in.refused'];

export function askedIn(search: string): Asked {
  const said = new URLSearchParams(search);
  return Object.fromEntries(asked.filter((name) => said.get(name)).map((name) => [name, said.get(name)!]));
}

export function searchOf(what: Asked): string {
  const said = new URLSearchParams();
  for (const name of asked) if (what[name]?.trim()) said.set(name, what[name].trim());
  const text = said.toString();
  return text ? `?${text}` : '';
}

/** Part of a name is enough for `who`; verbs and collections are whole, several with commas. */
export function filterOf(what: Asked): JsonObject {
  const filter: JsonObject = {};
  const several = (text: string): Json => {
    const words = text.split(/[\s,]+/).filter(Boolean);
    return words.length > 1 ? { $in: words } : (words[0] ?? '');
  };
  if (what.who) filter.who = { $contains: what.who };
  if (what.collection) filter.collection = several(what.collection);
  if (what.verb) filter.verb = several(what.verb);
  if (what.item) filter.item = what.item;
  if (what.via) filter.via = what.via;
  if (what.address) filter.address = { $starts: what.address };
  if (what.request) filter.request_id = what.request;
  if (what.from || what.to)
    filter.at = { ...(what.from ? { $gte: what.from } : {}), ...(what.to ? { $lt: dayAfter(what.to) } : {}) };
  return filter;
}

/** "until the 3rd" has the 3rd in it. */
function dayAfter(day: string): string {
  const date = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(date.getTime())) return day;
  date.setUTCDate(date.getUTCDate() + 1);
  return date.toISOString().slice(0, 10);
}

const words: Record<string, string> = {
  create: m('created'),
  update: m('changed'),
  delete: m('deleted'),
  draft: m('changed the draft of'),
  publish: m('published'),
  unpublish: m('took back'),
  archive: m('put away'),
  restore: m('restored'),
  'sign_in.done': m('signed in'),
  'sign_in.refused': m('was not let in'),
  'credential.refused': m('came with a credential that is not good'),
  'access.denied': m('was refused'),
  'items.read': m('read'),
  'key.used': m('used a key'),
  'backup.done': m('made a backup'),
  'backup.failed': m('could not make a backup'),
};

/** What was done, as a person says it; verbs without words stay as they are. */
export const doneIn = (verb: string): string => words[verb] ?? verb;

export const isNote = (entry: Entry): boolean => entry.verb.includes('.');

export interface Refused {
  verb: string;
  who: string;
  address: string;
  collection: string;
  reason: string;
  sum: { times: number };
  min: { at: string };
  max: { last: string };
}
