// Why somebody may do something, or not: the question as the address of the page has it, and the server's answer.
import { request } from './api';
import { m } from './text.svelte';
import type { JsonObject } from './types';

export interface Question {
  /** "" oneself, else user:E, role:N, service:N, key:ID or public. */
  as: string;
  collection: string;
  verb: string;
  id: string;
  address: string;
  at: string;
}

export const whoKinds: { value: string; label: string; model?: string }[] = [
  { value: '', label: m('Myself') },
  { value: 'user', label: m('A person'), model: 'users' },
  { value: 'role', label: m('A role'), model: 'roles' },
  { value: 'service', label: m('A service account'), model: 'service_accounts' },
  { value: 'key', label: m('A key'), model: 'api_keys' },
  { value: 'public', label: m('The public') },
];

export function readQuestion(search: string): Question {
  const given = new URLSearchParams(search);
  const one = (name: string): string => given.get(name) ?? '';
  return { as: one('as'), collection: one('collection'), verb: one('verb') || 'read', id: one('id'), address: one('address'), at: one('at') };
}

/** What it says of itself; empty members are left out. */
export function writeQuestion(question: Question): string {
  const out = new URLSearchParams();
  for (const [name, value] of Object.entries(question)) if (value && !(name === 'verb' && value === 'read')) out.set(name, value as string);
  const text = out.toString();
  return text ? `?${text}` : '';
}

/** Whether enough is known to ask. */
export function isComplete(question: Question): boolean {
  const [kind, name] = split(question.as);
  return question.collection !== '' && (kind === '' || kind === 'public' || name !== '');
}

export function split(as: string): [kind: string, name: string] {
  const at = as.indexOf(':');
  return at < 0 ? [as, ''] : [as.slice(0, at), as.slice(at + 1)];
}

export interface ExplainedGrant {
  _id: string | null;
  role: string;
  by: string;
  through?: string;
  group?: string;
  applies: boolean;
  reason: string | null;
  collection: string;
  verbs: string[];
  fields?: string[];
  where?: JsonObject;
  check?: JsonObject;
  preset?: JsonObject;
}

export interface Explanation {
  who: string;
  collection: string;
  verb: string;
  decision: 'allowed' | 'refused';
  status: number;
  answer: string | null;
  administrator: boolean;
  matches?: number;
  reached?: boolean;
  filter: JsonObject | null;
  fields?: string[];
  check?: JsonObject | null;
  presets?: JsonObject | null;
  locales?: string[] | '*';
  roles: { role: string; by: string; through?: string; group?: string; in_force: boolean; reason: string | null }[];
  grants: ExplainedGrant[];
}

export const reasons: Record<string, string> = {
  collection: m('It is about another collection.'),
  verb: m('It does not grant this verb.'),
  time: m('It is not in force at this time.'),
  address: m('It does not hold from this address.'),
  scope: m('The key’s scopes leave nothing of it.'),
  unreadable: m('One of its conditions speaks of a field that does not exist. Such a rule grants nothing.'),
};

export const parametersOf = (question: Question): Record<string, string> =>
  Object.fromEntries(Object.entries(question).filter(([, value]) => value !== '')) as Record<string, string>;

export async function explain(question: Question, signal?: AbortSignal): Promise<Explanation> {
  return (await request<Explanation>('/api/auth/explain', { query: parametersOf(question), ...(signal ? { signal } : {}) })).data;
}
