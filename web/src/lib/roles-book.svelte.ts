// All roles with their grants: what the screens about rights stand on. Read once and again after each change.
import * as api from './api';
import type { Problem } from './api';
import { ancestors, grantOf, systemActions, type Grant, type Inherited } from './roles';
import { session } from './session.svelte';
import { isObject, isRef, type Item, type Json } from './types';

export interface Role {
  _id: string;
  _rev: number;
  name: string;
  label: string;
  info: string;
  inherits: string[];
  addresses: string[] | null;
  valid_from: string | null;
  valid_until: string | null;
  second_factor: boolean;
  graphql_documents: string;
  template: string | null;
  builtin: boolean;
  /** Names in Cockpit's spelling that grant something besides the grants. */
  permissions: string[];
}

export interface Template {
  name: string;
  label: string;
  info: string;
  grants: { collection: string; verbs: string[] }[];
}

export interface Held {
  users: number;
  groups: number;
  service_accounts: number;
  api_keys: number;
}

export const refsOf = (value: Json | undefined): string[] => (Array.isArray(value) ? value.filter(isRef).map((one) => one._id) : []);
const word = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
const words = (value: Json | undefined): string[] | null => (Array.isArray(value) && value.length ? value.map(String) : null);

export function roleOf(item: Item): Role {
  return {
    _id: item._id,
    _rev: item._rev ?? 0,
    name: word(item.name),
    label: word(item.label),
    info: word(item.info),
    inherits: refsOf(item.inherits),
    addresses: words(item.addresses),
    valid_from: word(item.valid_from) || null,
    valid_until: word(item.valid_until) || null,
    second_factor: item.second_factor === true,
    graphql_documents: word(item.graphql_documents) || 'any',
    template: word(item.template) || null,
    builtin: item.builtin === true,
    permissions: isObject(item.permissions) ? Object.keys(item.permissions).filter((name) => isObject(item.permissions) && item.permissions[name] === true) : [],
  };
}

export const titleOf = (role: Role): string => role.label || role.name;

/** Every page of a listing; roles and grants are few. */
async function every(model: string, fields?: Json): Promise<Item[]> {
  const out: Item[] = [];
  let cursor = '';
  do {
    const page = await api.page(model, { limit: 200, fields }, cursor);
    out.push(...page.data);
    cursor = page.next;
  } while (cursor);
  return out;
}

class RoleBook {
  /** undefined: on their way. */
  roles: Role[] | undefined = $state.raw();
  grants: ReadonlyMap<string, Grant[]> = $state.raw(new Map());
  actions: Record<string, readonly string[]> = $state.raw({ ...systemActions });
  /** null: nobody without a key may do anything. undefined: not for us to know. */
  publicRole: string | null | undefined = $state();
  signedInRole: string | null | undefined = $state();
  problem: Problem | undefined = $state();

  async load(): Promise<void> {
    try {
      const may = (name: string): boolean => session.model(name) !== undefined;
      const [roles, grants, settings, definitions] = await Promise.all([
        every('roles'),
        may('grants') ? every('grants') : [],
        may('settings') ? api.read('settings') : undefined,
        may('collections') ? every('collections', ['name', 'definition.actions']) : [],
      ]);
      const byRole = new Map<string, Grant[]>();
      for (const item of grants) {
        if (!isRef(item.role)) continue;
        const there = byRole.get(item.role._id) ?? [];
        there.push(grantOf(item, item._id));
        byRole.set(item.role._id, there);
      }
      this.grants = byRole;
      this.actions = { ...systemActions, ...actionsOf(definitions) };
      this.roles = roles.map(roleOf).sort((a, b) => Number(b.builtin) - Number(a.builtin) || titleOf(a).localeCompare(titleOf(b)));
      const named = (name: string): string | null | undefined => {
        const value = settings?.data[name];
        return isRef(value) ? value._id : value === null ? null : undefined;
      };
      this.publicRole = named('public_role');
      this.signedInRole = named('signed_in_role');
      this.problem = undefined;
    } catch (error) {
      this.problem = api.asProblem(error);
    }
  }

  role(id: string): Role | undefined {
    return this.roles?.find((one) => one._id === id);
  }

  /** What roles bring along that are inherited, directly or by detours. */
  inherited(inherits: readonly string[], self: string): Inherited[] {
    const all = new Map((this.roles ?? []).map((role) => [role._id, role]));
    return ancestors(inherits, all, self).flatMap((role) => (this.grants.get(role._id) ?? []).map((grant) => ({ role: titleOf(all.get(role._id)!), grant })));
  }
}

function actionsOf(definitions: readonly Item[]): Record<string, string[]> {
  const out: Record<string, string[]> = {};
  for (const { name, definition } of definitions) {
    const actions = isObject(definition) ? definition.actions : undefined;
    const found = Array.isArray(actions) ? actions.map((one) => (isObject(one) ? word(one.name) : '')) : isObject(actions) ? Object.keys(actions) : [];
    if (typeof name === 'string' && found.length) out[name] = found.filter(Boolean);
  }
  return out;
}

export const book = new RoleBook();

/** How many hold each role, in four requests whatever their number. What may not be read counts as none. */
export async function holders(): Promise<Map<string, Held>> {
  const out = new Map<string, Held>();
  const ask = async (model: keyof Held, field: string): Promise<void> => {
    if (!session.model(model)) return;
    const many = field === 'roles';
    const pipeline = [...(many ? [{ $unwind: `$${field}` }] : []), { $match: { [field]: { $ne: null } } }, { $group: { _id: `$${field}`, n: { $sum: 1 } } }];
    const { data } = await api.request<{ _id: string; n: number }[]>(`/api/content/aggregate/${model}`, { query: { pipeline: JSON.stringify(pipeline) } });
    for (const { _id, n } of data) {
      const held = out.get(_id) ?? { users: 0, groups: 0, service_accounts: 0, api_keys: 0 };
      held[model] = n;
      out.set(_id, held);
    }
  };
  await Promise.all([ask('users', 'roles'), ask('groups', 'roles'), ask('service_accounts', 'roles'), ask('api_keys', 'role')]);
  return out;
}

export const templates = async (): Promise<Template[]> => (await api.request<Template[]>('/api/auth/templates')).data;

/** Several changes in one transaction: all or none. */
export const together = async (changes: Json[]): Promise<{ status: number; body: Item; as?: string }[]> =>
  (await api.request<{ status: number; body: Item; as?: string }[]>('/api/batch', { method: 'POST', body: { changes } })).data;
