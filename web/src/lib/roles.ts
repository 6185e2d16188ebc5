// Roles as a matrix: what the grants of a role say about a collection and a verb, and how a cell is changed. No requests here.
import { same } from './diff';
import { isObject, type Item, type Json, type JsonObject, type Model } from './types';

/** One sentence of a role. `key` names it while it has no id yet. */
export interface Grant {
  key: string;
  _id?: string;
  _rev?: number;
  collection: string;
  verbs: string[];
  fields: string[] | null;
  where: JsonObject | null;
  check: JsonObject | null;
  preset: JsonObject | null;
  addresses: string[] | null;
  valid_from: string | null;
  valid_until: string | null;
  locales: string[] | null;
  info: string | null;
}

/** A grant that another role brings along. */
export interface Inherited {
  role: string;
  grant: Grant;
}

export type State = 'none' | 'some' | 'all';

export const verbs = ['read', 'create', 'update', 'delete', 'publish'] as const;

/** Actions of the server's own collections (docs/roles.md: a grant names an action like a verb). */
export const systemActions: Record<string, readonly string[]> = {
  api_keys: ['rotate', 'revoke', 'acme_binding'],
  signing_keys: ['rotate'],
  acme_accounts: ['revoke'],
  certificate_authorities: ['certify', 'sign', 'revoke', 'crl'],
  certificate_requests: ['sign', 'approve', 'reject', 'import', 'detach', 'revoke', 'renew', 'check'],
  certificates: ['revoke'],
  retention_rules: ['preview'],
  upstreams: ['run'],
  action_secrets: ['rotate'],
  deliveries: ['resend'],
  webhooks: ['test', 'rotate', 'pause', 'resume'],
};

/** Parts of repositories: the grant on the whole counts for them, one on the part does not. */
export const partOf: Record<string, string> = { manifests: 'repositories', tags: 'repositories', layers: 'repositories' };

const texts = (value: Json | undefined): string[] | null =>
  Array.isArray(value) && value.length ? value.filter((one): one is string => typeof one === 'string') : null;
const word = (value: Json | undefined): string | null => (typeof value === 'string' && value ? value : null);
const object = (value: Json | undefined): JsonObject | null => (isObject(value) && Object.keys(value).length ? value : null);

/** A grant as the API or a template writes it. */
export function grantOf(item: JsonObject | Item, key: string): Grant {
  return {
    key,
    ...(typeof item._id === 'string' ? { _id: item._id } : {}),
    ...(typeof item._rev === 'number' ? { _rev: item._rev } : {}),
    collection: word(item.collection) ?? '',
    verbs: texts(item.verbs) ?? [],
    fields: texts(item.fields),
    where: object(item.where),
    check: object(item.check),
    preset: object(item.preset),
    addresses: texts(item.addresses),
    valid_from: word(item.valid_from),
    valid_until: word(item.valid_until),
    locales: texts(item.locales),
    info: word(item.info),
  };
}

export const emptyGrant = (key: string, collection: string, verb: string): Grant => grantOf({ collection, verbs: [verb] }, key);

/** What a rule says besides its verbs: the same for all of them. */
const conditions = ['fields', 'where', 'check', 'preset', 'addresses', 'valid_from', 'valid_until', 'locales'] as const;

export const isLimited = (grant: Grant): boolean => conditions.some((name) => grant[name] !== null);

export const covers = (grant: Grant, verb: string): boolean => grant.verbs.includes(verb) || grant.verbs.includes('*');

const isPattern = (name: string): boolean => name.includes('*');

/** Whether a grant's collection means this one. The server's own are only reached by name, but for assets behind "*". */
export function reaches(pattern: string, model: { name: string; system: boolean }): boolean {
  if (pattern === model.name) return true;
  if (!isPattern(pattern)) return false;
  if (pattern === '*') return !model.system || model.name === 'assets' || model.name === 'asset_folders';
  if (model.system) return false;
  const escaped = pattern.replace(/[\\^$.+?()[\]{}|]/g, '\\$&').replaceAll('*', '.*');
  return new RegExp(`^${escaped}$`).test(model.name);
}

const stateFrom = (grants: readonly Grant[]): State => (grants.length === 0 ? 'none' : grants.every(isLimited) ? 'some' : 'all');

export const rulesOf = (grants: readonly Grant[], collection: string, verb: string): Grant[] =>
  grants.filter((grant) => grant.collection === collection && covers(grant, verb));

export const stateOf = (grants: readonly Grant[], collection: string, verb: string): State => stateFrom(rulesOf(grants, collection, verb));

export interface Cell {
  /** What the role itself says under this very name. */
  own: State;
  /** What reaches it from elsewhere: a name with stars, or a role that is inherited. */
  from: { state: State; role: string | undefined; pattern: string | undefined }[];
}

export function cellOf(row: { name: string; system: boolean }, verb: string, own: readonly Grant[], inherited: readonly Inherited[]): Cell {
  const from: Cell['from'] = [];
  const add = (grant: Grant, role: string | undefined): void => {
    if (!covers(grant, verb)) return;
    const pattern = grant.collection === row.name ? undefined : grant.collection;
    if (pattern === undefined && role === undefined) return;
    if (pattern !== undefined && (isPattern(row.name) || !reaches(pattern, row))) return;
    const state: State = isLimited(grant) ? 'some' : 'all';
    const there = from.find((one) => one.role === role && one.pattern === pattern);
    if (!there) from.push({ state, role, pattern });
    else if (state === 'all') there.state = 'all';
  };
  for (const grant of own) add(grant, undefined);
  for (const { role, grant } of inherited) add(grant, role);
  return { own: stateOf(own, row.name, verb), from };
}

/** Every verb that there is on a collection; of a name with stars only the five. */
export const verbsOf = (collection: string, actions: Readonly<Record<string, readonly string[]>>): string[] => [...verbs, ...(actions[collection] ?? [])];

function without(grant: Grant, verb: string, all: readonly string[]): Grant {
  const left = grant.verbs.includes('*') ? [...all] : grant.verbs;
  return { ...grant, verbs: left.filter((one) => one !== verb) };
}

/** The grants after a cell was set. Rules with conditions lose the verb; what says nothing any more goes. */
export function setCell(grants: readonly Grant[], collection: string, verb: string, to: 'none' | 'all', all: readonly string[], key: () => string): Grant[] {
  if (to === 'all' && stateOf(grants, collection, verb) === 'all') return [...grants];
  const left = grants
    .map((grant) => (grant.collection === collection && covers(grant, verb) ? without(grant, verb, all) : grant))
    .filter((grant) => grant.verbs.length > 0);
  if (to === 'none') return left;
  const at = left.findIndex((grant) => grant.collection === collection && !isLimited(grant));
  if (at < 0) return [...left, emptyGrant(key(), collection, verb)];
  return left.map((grant, i) => (i === at ? { ...grant, verbs: all.filter((one) => one === verb || grant.verbs.includes(one)) } : grant));
}

/* ---- Changes. */

const said = (grant: Grant): JsonObject => Object.fromEntries([...conditions].map((name) => [name, grant[name]]));
const saysTheSame = (a: readonly Grant[], b: readonly Grant[]): boolean =>
  a.length === b.length && a.every((one) => b.some((other) => same(said(one), said(other)))) && b.every((one) => a.some((other) => same(said(one), said(other))));

export interface RightChange {
  collection: string;
  verb: string;
  kind: 'gains' | 'loses' | 'changes';
  before: Grant[];
  after: Grant[];
}

/** What a role gains and loses, cell by cell, in the order of its collections. */
export function rightChanges(before: readonly Grant[], after: readonly Grant[], actions: Readonly<Record<string, readonly string[]>>): RightChange[] {
  const names = [...new Set([...before, ...after].map((grant) => grant.collection))].sort();
  const out: RightChange[] = [];
  for (const collection of names) {
    const named = [...before, ...after].filter((grant) => grant.collection === collection).flatMap((grant) => grant.verbs);
    const all = new Set([...verbsOf(collection, actions), ...named.filter((verb) => verb !== '*')]);
    for (const verb of all) {
      const [was, is] = [rulesOf(before, collection, verb), rulesOf(after, collection, verb)];
      if (saysTheSame(was, is)) continue;
      const kind = was.length === 0 ? 'gains' : is.length === 0 ? 'loses' : 'changes';
      out.push({ collection, verb, kind, before: was, after: is });
    }
  }
  return out;
}

const written = ['collection', 'verbs', ...conditions, 'info'] as const;
const dataOf = (grant: Grant): JsonObject => Object.fromEntries(written.map((name) => [name, grant[name]]));

/** The changes that POST /api/batch makes in one transaction; each only over the revision that was read. */
export function grantSteps(role: string, before: readonly Grant[], after: readonly Grant[]): JsonObject[] {
  const steps: JsonObject[] = [];
  const rev = (grant: Grant): JsonObject => (grant._rev === undefined ? {} : { if_rev: grant._rev });
  for (const grant of before)
    if (grant._id && !after.some((one) => one._id === grant._id)) steps.push({ op: 'delete', in: 'grants', id: grant._id, ...rev(grant) });
  for (const grant of after) {
    const old = grant._id ? before.find((one) => one._id === grant._id) : undefined;
    if (!old || !grant._id) {
      const data = Object.fromEntries(Object.entries(dataOf(grant)).filter(([, value]) => value !== null));
      steps.push({ op: 'create', in: 'grants', data: { role, ...data } });
      continue;
    }
    const data = Object.fromEntries(written.filter((name) => !same(old[name], grant[name])).map((name) => [name, grant[name]]));
    if (Object.keys(data).length) steps.push({ op: 'update', in: 'grants', id: grant._id, data, ...rev(old) });
  }
  return steps;
}

/* ---- What can be counted. */

const dependent = /^\$(user|role|key|ip)$/;

/** Whether a filter means something else for each caller. */
export function dependsOnCaller(value: Json | undefined): boolean {
  if (typeof value === 'string') return dependent.test(value);
  if (Array.isArray(value)) return value.some(dependsOnCaller);
  return isObject(value) && Object.values(value).some(dependsOnCaller);
}

export type Reach = { kind: 'nothing' } | { kind: 'depends' } | { kind: 'filter'; filter: Json };

/** Which entries of a collection a set of rules reaches together. */
export function reachOf(rules: readonly Grant[]): Reach {
  if (rules.length === 0) return { kind: 'nothing' };
  if (rules.some((rule) => rule.where === null)) return { kind: 'filter', filter: {} };
  const filters = rules.map((rule) => rule.where as Json);
  if (filters.some(dependsOnCaller)) return { kind: 'depends' };
  return { kind: 'filter', filter: filters.length === 1 ? filters[0]! : { $or: filters } };
}

/** All rules that reach a collection, whoever brings them. */
export const rulesFor = (model: { name: string; system: boolean }, verb: string, own: readonly Grant[], inherited: readonly Inherited[]): Grant[] =>
  [...own, ...inherited.map((one) => one.grant)].filter((grant) => covers(grant, verb) && reaches(grant.collection, model));

/** Whether anything that is gained goes beyond reading. */
export const goesBeyondReading = (changes: readonly RightChange[]): boolean => changes.some((change) => change.kind !== 'loses' && change.verb !== 'read');

/* ---- Inheritance. */

export interface RoleNode {
  _id: string;
  name: string;
  inherits: string[];
}

/** The roles that a role brings along, itself not among them. Circles end. */
export function ancestors(start: readonly string[], roles: ReadonlyMap<string, RoleNode>, self: string): RoleNode[] {
  const found = new Map<string, RoleNode>();
  const walk = (ids: readonly string[]): void => {
    for (const id of ids) {
      const role = roles.get(id);
      if (!role || id === self || found.has(id)) continue;
      found.set(id, role);
      walk(role.inherits);
    }
  };
  walk(start);
  return [...found.values()];
}

/* ---- Names of repositories. */

/** acme/** is all below, acme/* one level, anything else the name itself. undefined: not a pattern that a filter can say. */
export function globToFilter(glob: string): JsonObject | undefined {
  const text = glob.trim();
  if (!text || !/^[a-z0-9*][a-z0-9._/*-]*$/.test(text)) return undefined;
  if (text === '**') return {};
  if (!text.includes('*')) return { name: text };
  if (/^[^*]+\*\*$/.test(text)) return { name: { $startsWith: text.slice(0, -2) } };
  const pattern = text.replace(/\./g, '\\.').replace(/\*\*/g, '\u0000').replace(/\*/g, '[^/]+').replaceAll('\u0000', '.+');
  return { name: { $regex: `^${pattern}$` } };
}

/** The way back; undefined: the filter says something else. */
export function globOf(filter: JsonObject | null): string | undefined {
  if (filter === null) return '**';
  const keys = Object.keys(filter);
  if (keys.length !== 1 || keys[0] !== 'name') return undefined;
  const said = filter.name;
  if (typeof said === 'string') return said;
  if (!isObject(said) || Object.keys(said).length !== 1) return undefined;
  if (typeof said.$startsWith === 'string') return `${said.$startsWith}**`;
  if (typeof said.$regex !== 'string') return undefined;
  const text = said.$regex.replace(/^\^|\$$/g, '').replaceAll('[^/]+', '*').replaceAll('.+', '**').replaceAll('\\.', '.');
  const back = globToFilter(text);
  return back && same(back, filter) ? text : undefined;
}

/* ---- Fields. */

/** "only" as it is kept, or "all but" when fewer are missing than named. */
export function fieldsSaid(fields: readonly string[] | null, model: Model | undefined): { kind: 'all' } | { kind: 'only' | 'but'; names: string[] } {
  if (fields === null) return { kind: 'all' };
  const all = model?.fields.map((field) => field.name) ?? [];
  const missing = all.filter((name) => !fields.includes(name));
  const known = fields.every((name) => all.includes(name));
  return known && missing.length > 0 && missing.length < fields.length ? { kind: 'but', names: missing } : { kind: 'only', names: [...fields] };
}
