// API keys, tokens and service accounts: how they stand, and what they may do, in data and in words.
import { ago, instant, list } from './say';
import { m, t, texts } from './text.svelte';
import type { Item, Json, JsonObject, Ref } from './types';

export type Scope = { collection?: string; repositories?: string[]; verbs?: string[]; fields?: string[]; where?: JsonObject };

export type ApiKey = Item & {
  label: string | null;
  description: string | null;
  kind: string;
  prefix: string | null;
  last4: string | null;
  user: Ref | null;
  role: Ref | null;
  service_account: Ref | null;
  scopes: Scope[] | null;
  addresses: string[] | null;
  not_before: string | null;
  expires_at: string | null;
  last_used_at: string | null;
  last_address: string | null;
  last_agent: string | null;
  last_rotated_at: string | null;
  disabled: boolean;
  generations: { n: number; created: string; expires: string | null }[] | null;
};

export type ServiceAccount = Item & { name: string; description: string | null; active: boolean; roles: Ref[] | null; groups: Ref[] | null };

type Tone = 'plain' | 'good' | 'warn' | 'danger';

// ------ how a key stands

export type KeyState = 'active' | 'waiting' | 'expired' | 'off' | 'revoked';

export const keyStates: Record<KeyState, { label: string; tone: Tone }> = {
  active: { label: m('Active'), tone: 'good' },
  waiting: { label: m('Not yet valid'), tone: 'plain' },
  expired: { label: m('Expired'), tone: 'danger' },
  off: { label: m('Switched off'), tone: 'warn' },
  revoked: { label: m('Revoked for good'), tone: 'danger' },
};

export function stateOf(key: Pick<ApiKey, 'disabled' | 'generations' | 'expires_at' | 'not_before'>, now = Date.now()): KeyState {
  if (key.generations?.length === 0) return 'revoked';
  if (key.disabled) return 'off';
  if (key.expires_at && Date.parse(key.expires_at) <= now) return 'expired';
  if (key.not_before && Date.parse(key.not_before) > now) return 'waiting';
  return 'active';
}

const day = 86_400_000;
export const soonDays = 14;
export const staleDays = 90;

/** Days are counted up to a hundred: "in 87 days" says more than "in 2 months". */
function inDays(at: Date, now: number): string {
  const exact = (at.getTime() - now) / day;
  const days = Math.abs(exact) < 2 ? Math.trunc(exact) : Math.round(exact);
  if (days === 0 || Math.abs(days) > 100) return ago(at, now);
  return new Intl.RelativeTimeFormat(texts.language, { numeric: 'auto' }).format(days, 'day');
}

/** `short` is for below a heading that says "Expires". */
export function expiryOf(expires: string | null | undefined, now = Date.now()): { tone: Tone; text: string; short: string } {
  const at = instant(expires);
  if (!at) return { tone: 'warn', text: t('Never expires'), short: t('never') };
  const when = inDays(at, now);
  if (at.getTime() <= now) return { tone: 'danger', text: t('Expired {when}', { when }), short: t('expired {when}', { when }) };
  return { tone: at.getTime() - now < soonDays * day ? 'warn' : 'plain', text: t('Expires {when}', { when }), short: when };
}

export function isStale(key: Pick<ApiKey, 'last_used_at' | '_created'>, now = Date.now()): boolean {
  const last = instant(key.last_used_at) ?? instant(key._created);
  return last !== undefined && now - last.getTime() > staleDays * day;
}

/** vtr_u_157E134SQYEB…0dJZ is long for a column: what tells keys apart is the kind and the end. */
export function shownKey(key: Pick<ApiKey, 'prefix' | 'last4'>): string {
  const prefix = key.prefix ?? '';
  const start = /^(vtr_[a-z]_|[A-Za-z]+[_-])/.exec(prefix)?.[0] ?? prefix.slice(0, 6);
  return `${start}…${key.last4 ?? ''}`;
}

// ------ filters of the list

export const views = {
  '': m('All keys'),
  active: m('Active'),
  expiring: m('Expiring soon'),
  stale: m('Unused for 90 days'),
  never: m('Never expires'),
  off: m('Switched off'),
} as const;
export type View = keyof typeof views;

export function filterOf(view: View, now = Date.now()): Json | undefined {
  const at = (days: number): string => new Date(now + days * day).toISOString();
  switch (view) {
    case 'active':
      return { disabled: { $ne: true }, $or: [{ expires_at: null }, { expires_at: { $gt: at(0) } }] };
    case 'expiring':
      return { disabled: { $ne: true }, expires_at: { $gt: at(0), $lt: at(soonDays) } };
    case 'stale':
      return { $or: [{ last_used_at: { $lt: at(-staleDays) } }, { last_used_at: null, _created: { $lt: Math.floor(now / 1000) - staleDays * 86_400 } }] };
    case 'never':
      return { expires_at: null };
    case 'off':
      return { disabled: true };
    default:
      return undefined;
  }
}

export const asView = (word: string | null): View => (word && word in views ? (word as View) : '');

// ------ formats

export const kinds: { value: string; label: string; help: string }[] = [
  { value: 'native', label: 'Vitrine', help: m('Begins with vtr_ and has a checksum, so that scanners find it where it should not be.') },
  { value: 'zot', label: 'zot', help: m('For clients of zot’s registry: zak_ and 32 digits.') },
  { value: 'zenml', label: 'ZenML', help: m('For ZenML’s clients, which sign in with it: it has to belong to a person or a service account.') },
  { value: 'chutes', label: 'Chutes', help: m('For clients of Chutes: cpk_, the key’s id and its owner’s.') },
  { value: 'cockpit', label: 'Cockpit', help: m('For clients of Cockpit: USR- or API- and 40 digits.') },
];

// ------ how long

export const lives: { value: string; label: string }[] = [
  { value: '7', label: m('7 days') },
  { value: '30', label: m('30 days') },
  { value: '90', label: m('90 days') },
  { value: '365', label: m('One year') },
  { value: 'date', label: m('Until a day…') },
  { value: 'never', label: m('Never') },
];

/** The end of a choice; null: none. A day means its end where the reader is; undefined: it is none. */
export function endOf(life: string, date: string, now = Date.now()): string | null | undefined {
  if (life === 'never') return null;
  if (life !== 'date') return new Date(now + Number(life) * day).toISOString();
  const end = new Date(`${date}T23:59:59`);
  return Number.isNaN(end.getTime()) || end.getTime() <= now ? undefined : end.toISOString();
}

// ------ what it may do

export const verbs = ['read', 'create', 'update', 'delete', 'publish'] as const;
export const repositoryVerbs = ['pull', 'push', 'delete'] as const;

export interface Choice {
  everything: boolean;
  collections: Record<string, string[]>;
  repositories: string;
  repositoryVerbs: string[];
  /** Scopes that boxes cannot show: conditions, fields, other verbs. They stay as they are. */
  others: Scope[];
}

export const nothing = (): Choice => ({ everything: false, collections: {}, repositories: '', repositoryVerbs: ['pull'], others: [] });

/** Names and patterns, one a line or with commas. */
export const patternsOf = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean);

/** null: all that its owner may do. */
export function scopesOf(choice: Choice): Scope[] | null {
  if (choice.everything) return null;
  const scopes: Scope[] = [];
  for (const [collection, picked] of Object.entries(choice.collections)) {
    const same = scopes.find((scope) => scope.verbs?.join() === picked.join() && scope.collection === collection);
    if (picked.length && !same) scopes.push({ collection, verbs: picked });
  }
  const repositories = patternsOf(choice.repositories);
  if (repositories.length && choice.repositoryVerbs.length) scopes.push({ repositories, verbs: choice.repositoryVerbs });
  return [...scopes, ...choice.others];
}

const isOneOf = (words: readonly string[], allowed: readonly string[]): boolean => words.every((word) => allowed.includes(word));

/** The way back: what boxes can show goes into boxes. */
export function choiceOf(scopes: readonly Scope[] | null | undefined): Choice {
  const choice = nothing();
  if (!scopes?.length) return { ...choice, everything: true };
  for (const scope of scopes) {
    const words = scope.verbs ?? [];
    const plain = words.length > 0 && !scope.fields?.length && !scope.where;
    if (plain && scope.collection && scope.collection !== '*' && isOneOf(words, verbs) && !choice.collections[scope.collection])
      choice.collections[scope.collection] = [...words];
    else if (plain && scope.repositories && isOneOf(words, repositoryVerbs) && !choice.repositories) {
      choice.repositories = scope.repositories.join('\n');
      choice.repositoryVerbs = [...words];
    } else choice.others.push(scope);
  }
  return choice;
}

const doing: Record<string, string> = {
  read: m('Reads {what}'),
  create: m('Adds to {what}'),
  update: m('Changes {what}'),
  delete: m('Deletes from {what}'),
  publish: m('Publishes in {what}'),
  rotate: m('Rotates {what}'),
  pull: m('Pulls {what}'),
  push: m('Pushes {what}'),
  '*': m('Does everything in {what}'),
};
const harmless = new Set(['read', 'pull']);

/** One sentence a verb: "Reads Posts and Pages". */
export function sayScopes(scopes: readonly Scope[] | null | undefined, labelOf: (collection: string) => string): string[] {
  if (!scopes?.length) return [t('Everything that its owner may do')];
  const byVerb = new Map<string, string[]>();
  for (const scope of scopes) {
    const narrowed = scope.where ? ` (${t('some entries')})` : scope.fields?.length ? ` (${t('some fields')})` : '';
    const named = scope.collection === '*' ? [t('all collections')] : scope.collection ? [labelOf(scope.collection)] : (scope.repositories ?? []);
    for (const verb of scope.verbs ?? ['*']) byVerb.set(verb, [...(byVerb.get(verb) ?? []), ...named.map((name) => name + narrowed)]);
  }
  return [...byVerb].map(([verb, what]) => (doing[verb] ? t(doing[verb], { what: list(what) }) : t('May “{verb}” in {what}', { verb, what: list(what) })));
}

export const changesNothing = (scopes: readonly Scope[] | null): boolean =>
  !!scopes?.length && scopes.every((scope) => scope.verbs?.length && scope.verbs.every((verb) => harmless.has(verb)));

/** A collection the key can read, for an example that answers something. */
export function exampleOf(scopes: readonly Scope[] | null | undefined, otherwise?: string): string {
  const readable = scopes?.find((scope) => scope.collection && scope.collection !== '*' && (!scope.verbs || scope.verbs.includes('read')))?.collection;
  const name = readable ?? (scopes?.length ? undefined : otherwise);
  return name ? `/api/content/items/${encodeURIComponent(name)}` : '/api/auth/me';
}

export interface Summary {
  owner: string;
  scopes: Scope[] | null;
  labelOf: (collection: string) => string;
  /** Entries in the collections it reads; undefined: not counted. */
  entries?: number | undefined;
  expires: string | null | undefined;
  addresses: readonly string[];
}

/** What a key can do, in plain words, while it is put together. */
export function summaryOf({ owner, scopes, labelOf, entries, expires, addresses }: Summary): string[] {
  if (scopes && scopes.length === 0) return [t('Nothing is picked yet: a key has to be able to do something.')];
  const said = [t('Acts for {owner}.', { owner })];
  for (const one of sayScopes(scopes, labelOf)) said.push(`${one}.`);
  if (changesNothing(scopes)) said.push(t('Cannot change anything.'));
  if (entries !== undefined) said.push(t('{count, plural, =0 {No entries now} one {# entry now} other {# entries now}}, as far as you see.', { count: entries }));
  said.push(expires === undefined ? t('It needs an end.') : expires ? `${expiryOf(expires).text}.` : t('Works until somebody switches it off.'));
  said.push(addresses.length ? t('Only from {places}.', { places: list(addresses) }) : t('From anywhere.'));
  return said;
}

// ------ tokens

export const tokenKinds: Record<string, string> = {
  api: m('API token'),
  refresh: m('Stays signed in to the registry'),
  invitation: m('Invitation'),
  reset: m('Password link'),
  verify: m('Address link'),
  magic: m('Sign-in link'),
};

// ------ browsers and programs

/** "Firefox on Linux" out of what a browser says of itself; programs by their first word. */
export function agentOf(agent: string | null | undefined): string {
  if (!agent) return '';
  const browsers: [RegExp, string][] = [[/Edg\//, 'Edge'], [/OPR\//, 'Opera'], [/Firefox\//, 'Firefox'], [/HeadlessChrome\//, 'Chrome'], [/Chrome\//, 'Chrome'], [/Safari\//, 'Safari']];
  const systems: [RegExp, string][] = [[/iPhone|iPad/, 'iOS'], [/Android/, 'Android'], [/Windows/, 'Windows'], [/Mac OS X/, 'macOS'], [/CrOS/, 'ChromeOS'], [/Linux/, 'Linux']];
  const browser = browsers.find(([sign]) => sign.test(agent))?.[1];
  const system = systems.find(([sign]) => sign.test(agent))?.[1];
  if (browser && system) return t('{browser} on {system}', { browser, system });
  return browser ?? agent.split(' ')[0]!.replace('/', ' ');
}

