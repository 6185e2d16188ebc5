// The requests of the entry editor: versions, publishing, plans, history (docs/publish.md, docs/write.md, docs/translate.md).
import { itemPath, request, type Answer, type Options } from './api';
import { isObject, isRef, type Component, type Field, type Item, type Json, type JsonObject, type Model } from './types';

/** How an entry is asked for: the newest version (also one that is not published), and every language. */
export interface Way {
  drafts: boolean;
  languages: boolean;
}

const queryOf = (way: Way): Record<string, string | undefined> => ({ perspective: way.drafts ? 'draft' : undefined, locale: way.languages ? 'all' : undefined });
const placeOf = (model: Model, id?: string): string => itemPath(model.name, model.shape === 'single' ? undefined : id);

export const read = (model: Model, id: string | undefined, way: Way): Promise<Answer<Item>> =>
  request<Item>(placeOf(model, id), { query: { state: 'any', ...queryOf(way) } });

export const create = (model: Model, data: JsonObject, way: Way): Promise<Answer<Item>> =>
  request<Item>(itemPath(model.name), { method: 'POST', body: { data }, query: queryOf(way) });

export const change = (model: Model, id: string, patch: JsonObject, etag: string, way: Way): Promise<Answer<Item>> =>
  request<Item>(itemPath(model.name, id), { method: 'PATCH', body: patch, query: queryOf(way), ...(etag ? { ifMatch: etag } : {}) });

export type Verb = 'publish' | 'unpublish' | 'archive' | 'discard';

export async function act(model: Model, id: string, verb: Verb, body: JsonObject = {}, etag = ''): Promise<void> {
  await request(`${itemPath(model.name, id)}/${verb}`, { method: 'POST', body, ...(etag ? { ifMatch: etag } : {}) });
}

export interface Plan {
  action: string;
  at: string;
}

/** What is planned for it; nothing when the reader may not see plans. */
export async function plansOf(model: Model, id: string): Promise<Plan[]> {
  const filter = JSON.stringify({ collection: model.name, item: id, state: 'waiting' });
  return (await request<(Item & Plan)[]>('/api/content/items/schedules', { query: { filter, fields: 'action,at', sort: 'at' } })).data;
}

export interface Target {
  model: string;
  id: string;
}

/** Everything that these values refer to, also inside of sets and blocks, where a reference is its id alone. */
export function targetsIn(fields: readonly Field[], values: JsonObject, parts: readonly Component[] = [], found: Map<string, Target> = new Map()): Target[] {
  for (const field of fields)
    for (const value of [values[field.name] ?? null].flat()) {
      const inside = field.kind === 'blocks' || field.kind === 'component' ? partOf(field, value, parts)?.fields : field.fields;
      if (field.kind === 'ref' || field.kind === 'asset') {
        const id = isRef(value) ? value._id : value;
        const model = isRef(value) && typeof value._model === 'string' ? value._model : field.to;
        if (typeof id === 'string' && typeof model === 'string') found.set(`${model}/${id}`, { model, id });
      } else if (inside && isObject(value)) targetsIn(inside, value, parts, found);
    }
  return [...found.values()];
}

function partOf(field: Field, value: Json, parts: readonly Component[]): Component | undefined {
  const name = isObject(value) && typeof value._component === 'string' ? value._component : typeof field.of === 'string' ? field.of : '';
  return parts.find((one) => one.name === name);
}

export interface Linked extends Target {
  item: Item;
}

/** Those of them that readers do not see yet, or not as they are now. */
export async function unpublishedOf(targets: readonly Target[], models: readonly Model[]): Promise<Linked[]> {
  const out: Linked[] = [];
  for (const model of models) {
    const ids = targets.filter((one) => one.model === model.name).map((one) => one.id);
    if (model.system || !ids.length) continue;
    const filter = JSON.stringify({ _id: { $in: ids } });
    const { data } = await request<Item[]>(`/api/content/items/${encodeURIComponent(model.name)}`, { query: { filter, state: 'any', perspective: 'draft', limit: 200 } });
    out.push(...data.filter((item) => item._state === 0 || item._draft === true).map((item) => ({ model: model.name, id: item._id, item })));
  }
  return out;
}

/** All of them or none. */
export async function publishTogether(entries: readonly { in: string; id: string; if_rev?: number | undefined }[]): Promise<void> {
  const changes = entries.map((one) => ({ op: 'publish', in: one.in, id: one.id, ...(one.if_rev ? { if_rev: one.if_rev } : {}) }));
  await request('/api/batch', { method: 'POST', body: { changes } });
}

/** The fields by which items of a collection refer to others: "author", "sections.post". */
export function pathsTo(model: Model, target: string): string[] {
  const out: string[] = [];
  const look = (fields: readonly Field[], before: string): void => {
    for (const field of fields) {
      const to = field.targets ?? [field.to as string | string[] | null | undefined].flat();
      const here = before + field.name;
      if ((field.kind === 'ref' || field.kind === 'asset') && to.includes(target)) out.push(here);
      if (field.fields?.length) look(field.fields, `${here}.`);
      if (field.kind !== 'blocks' && field.kind !== 'component') continue;
      const parts = [field.of ?? []].flat();
      for (const part of model.components ?? []) if (parts.includes(part.name)) look(part.fields, `${here}.`);
    }
  };
  look(model.fields, '');
  return out;
}

export interface Usage {
  model: Model;
  items: Item[];
  more: boolean;
  filter: string;
}

/** What refers to an item: a few of each collection. */
export async function usedIn(models: readonly Model[], target: string, id: string, limit = 5): Promise<Usage[]> {
  const asked = models.flatMap((model) => {
    const paths = model.system ? [] : pathsTo(model, target);
    return paths.length ? [{ model, filter: JSON.stringify(paths.length === 1 ? { [paths[0]!]: id } : { $or: paths.map((path) => ({ [path]: id })) }) }] : [];
  });
  const found = await Promise.all(
    asked.map(async ({ model, filter }): Promise<Usage> => {
      const query: Options['query'] = { filter, state: 'any', perspective: 'draft', limit: limit + 1 };
      const { data } = await request<Item[]>(`/api/content/items/${encodeURIComponent(model.name)}`, { query });
      return { model, items: data.slice(0, limit), more: data.length > limit, filter };
    }),
  );
  return found.filter((one) => one.items.length > 0);
}

export interface Revision {
  rev: number;
  at: string;
  verb: string;
  user: string | null;
  who?: string;
  draft?: boolean;
  fields: string[];
}

const past = (model: Model, id: string, part: string): string => `${itemPath(model.name, id)}/${part}`;

export async function history(model: Model, id: string, older = ''): Promise<{ data: Revision[]; complete: boolean; next: string }> {
  const { data } = await request<{ data: Revision[]; meta: { complete: boolean; next: string | null } }>(past(model, id, 'history'), { query: { limit: 50, older } });
  return { data: data.data, complete: data.meta.complete, next: data.meta.next ?? '' };
}

export interface FieldDifference {
  field: string;
  from: Json;
  to: Json;
}

export const between = async (model: Model, id: string, from: number, to: number): Promise<FieldDifference[]> =>
  (await request<FieldDifference[]>(past(model, id, 'diff'), { query: { from, to } })).data;

export async function restore(model: Model, id: string, rev: number, fields: string[] | undefined, draft: boolean): Promise<void> {
  await request(past(model, id, 'restore'), { method: 'POST', body: { rev, ...(fields ? { fields } : {}), ...(draft ? { draft } : {}) } });
}

/** The same with curl. The key is left to whoever pastes it. */
export function curlOf(method: string, url: string, body?: JsonObject, etag?: string): string {
  const quoted = (text: string): string => `'${text.replace(/'/g, `'\\''`)}'`;
  const parts = ['curl', ...(method === 'GET' ? [] : [`-X ${method}`]), `-H "api-key: $KEY"`];
  if (etag) parts.push(`-H ${quoted(`If-Match: ${etag}`)}`);
  if (body) parts.push(`--json ${quoted(JSON.stringify(body))}`);
  return [...parts, quoted(url)].join(' ');
}
