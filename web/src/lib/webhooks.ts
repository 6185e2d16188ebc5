// What a webhook is told of, and what became of it, in words; and the form a person fills in, which is not the item.
import { m } from './text.svelte';
import type { Item, JsonObject } from './types';

export type EventRow = { collections: string[]; verbs: string[] | null; item: string | null; filter: JsonObject | null };

export interface Webhook extends Item {
  name: string;
  url: string;
  enabled: boolean;
  paused: boolean;
  events: EventRow[];
  role?: { _id: string } | null;
  fields?: string[];
  template?: JsonObject | null;
  method?: string;
  headers?: { name: string; value: string }[];
  secret_header_names?: string[];
  retries?: { after_s: number }[];
  who?: string;
  failing_since?: string | null;
  disabled_at?: string | null;
  disabled_reason?: string | null;
}

export interface Delivery extends Item {
  webhook: string;
  event: string;
  seq: number;
  item?: string;
  state: 'waiting' | 'done' | 'failed';
  attempts: number;
  next_at?: string | null;
  until?: string | null;
  last_at?: string | null;
  duration_ms?: number | null;
  status?: number | null;
  answer?: string | null;
  error?: string | null;
}

export type Standing = 'on' | 'paused' | 'failing' | 'off';

export function standing(hook: Webhook): Standing {
  if (!hook.enabled || hook.disabled_at) return 'off';
  if (hook.paused) return 'paused';
  return hook.failing_since ? 'failing' : 'on';
}

export const standingWords: Record<Standing, { text: string; tone: 'good' | 'plain' | 'warn' | 'danger' }> = {
  on: { text: m('On'), tone: 'good' },
  paused: { text: m('Paused'), tone: 'plain' },
  failing: { text: m('Failing'), tone: 'warn' },
  off: { text: m('Switched off'), tone: 'danger' },
};

export const deliveryWords: Record<Delivery['state'], { text: string; tone: 'good' | 'warn' | 'danger' }> = {
  waiting: { text: m('Waiting'), tone: 'warn' },
  done: { text: m('Delivered'), tone: 'good' },
  failed: { text: m('Failed'), tone: 'danger' },
};

/** "posts: create, publish": short enough for a cell. */
export function eventsIn(events: readonly EventRow[]): string {
  return events.map(({ collections, verbs }) => collections.join(', ') + (verbs?.length ? `: ${verbs.join(', ')}` : '')).join('; ');
}

/** What a person types: lists as text, JSON as text. */
export interface Form {
  name: string;
  url: string;
  method: string;
  events: { collections: string; verbs: string; filter: string }[];
  role: string;
  fields: string;
  headers: string;
  secretHeaders: string;
  retries: string;
  template: string;
}

const words = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean);

export function formOf(hook?: Webhook): Form {
  return {
    name: hook?.name ?? '',
    url: hook?.url ?? '',
    method: hook?.method ?? 'POST',
    events: (hook?.events ?? [{ collections: [], verbs: [], filter: null }]).map((row) => ({
      collections: row.collections.join(', '),
      verbs: (row.verbs ?? []).join(', '),
      filter: row.filter ? JSON.stringify(row.filter) : '',
    })),
    role: hook?.role?._id ?? '',
    fields: (hook?.fields ?? []).join(', '),
    headers: (hook?.headers ?? []).map(({ name, value }) => `${name}: ${value}`).join('\n'),
    secretHeaders: '',
    retries: (hook?.retries ?? []).map((row) => row.after_s).join(', '),
    template: hook?.template ? JSON.stringify(hook.template, null, 2) : '',
  };
}

export type Faults = Partial<Record<string, string>>;

/** JSON that somebody typed; undefined: it is none. */
function object(text: string): JsonObject | null | undefined {
  if (!text.trim()) return null;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

/** What is sent; or the faults of what was typed, by the names of the form's fields. */
export function dataOf(form: Form): { data: JsonObject } | { faults: Faults } {
  const faults: Faults = {};
  const template = object(form.template);
  if (template === undefined) faults.template = m('This is not a JSON object.');
  const events = form.events.map((row, i) => {
    const filter = object(row.filter);
    if (filter === undefined) faults[`events/${i}/filter`] = m('This is not a JSON object.');
    return { collections: words(row.collections), verbs: words(row.verbs), filter: filter ?? null };
  });
  const headers = form.headers.split('\n').filter((line) => line.trim()).map((line) => {
    const [name = '', value = ''] = line.split(/:(.*)/s);
    return { name: name.trim(), value: value.trim() };
  });
  const retries = words(form.retries).map((one) => ({ after_s: Number(one) }));
  if (retries.some(({ after_s }) => !Number.isInteger(after_s) || after_s < 1)) faults.retries = m('Seconds, like: 5, 30, 120');
  if (Object.keys(faults).length) return { faults };
  const data: JsonObject = {
    name: form.name.trim(),
    url: form.url.trim(),
    method: form.method,
    events,
    role: form.role ? { _model: 'roles', _id: form.role } : null,
    fields: words(form.fields),
    headers,
    retries,
    template: template ?? null,
  };
  if (form.secretHeaders.trim()) data.secret_headers = form.secretHeaders.trim();
  return { data };
}
