// What is asked of assets: files as items, and the addresses of pictures made of them (docs/upload.md).
import * as api from './api';
import { urlOf } from './api';
import type { Fault } from './api';
import { isRef, type Field, type Item, type Json, type JsonObject, type Model } from './types';

export { upload } from './uploads';

export const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
const size = (value: Json | undefined): number => (typeof value === 'number' ? value : 0);

export const titleOf = (asset: Item): string => text(asset.title) || text(asset.name) || asset._id;
export const isPicture = (asset: Item): boolean => asset.type === 'image';
export const isVector = (asset: Item): boolean => asset.mime === 'image/svg+xml';
export const folderOf = (asset: Item): string => (isRef(asset.folder) ? asset.folder._id : text(asset.folder));
/** A list of texts out of any value; what is no text is left out. */
export const textsIn = (value: Json | undefined): string[] => (Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []);
export const tagsOf = (asset: Item): string[] => (Array.isArray(asset.tags) ? asset.tags.filter((tag) => typeof tag === 'string') : []);
export const dimensionsOf = (asset: Item): string => (size(asset.width) && size(asset.height) ? `${size(asset.width)} × ${size(asset.height)}` : '');

export interface Point {
  x: number;
  y: number;
}

/** The point that crops keep; the middle unless somebody chose. */
export function focusOf(asset: Item): Point {
  const point = asset.fp;
  if (typeof point !== 'object' || point === null || Array.isArray(point)) return { x: 0.5, y: 0.5 };
  return { x: typeof point.x === 'number' ? point.x : 0.5, y: typeof point.y === 'number' ? point.y : 0.5 };
}

/** A step of the focal point, kept inside the picture and in hundredths. */
export function moved(point: Point, x: number, y: number): Point {
  const within = (value: number): number => Math.round(Math.min(1, Math.max(0, value)) * 100) / 100;
  return { x: within(point.x + x), y: within(point.y + y) };
}

export const modes = ['thumbnail', 'bestFit', 'resize', 'fitToWidth', 'fitToHeight'] as const;
export const formats = ['auto', 'avif', 'webp', 'jpeg', 'png', 'gif', 'bmp'] as const;

export interface Picture {
  w?: number | undefined;
  h?: number | undefined;
  m?: (typeof modes)[number];
  mime?: (typeof formats)[number];
  q?: number | undefined;
  /** Instead of the asset's own. */
  fp?: Point | undefined;
}

/** The address of a picture's bytes. */
export function pictureUrl(asset: Item, picture: Picture): string {
  const { w, h, m, mime, q, fp } = picture;
  return urlOf(`/api/assets/image/${encodeURIComponent(asset._id)}`, { w, h, m, mime, q, fp: fp && `${fp.x} ${fp.y}`, o: 1 });
}

export interface Preset {
  width: number;
  height: number;
  mode: string;
  mime: string;
}

export async function presets(): Promise<Record<string, Preset>> {
  return (await api.request<Record<string, Preset>>('/api/assets/presets')).data;
}

export const presetUrl = (asset: Item, name: string): string => urlOf(`/api/assets/image/${encodeURIComponent(asset._id)}/${encodeURIComponent(name)}`, { o: 1 });

/** What a browser shows in a square of so many pixels; empty when there is no picture of it. The revision makes changes seen. */
export function thumbnail(asset: Item | undefined, side: number): string {
  if (!asset || !isPicture(asset)) return '';
  return `${pictureUrl(asset, { w: side * 2, h: side * 2, m: 'thumbnail', mime: 'auto' })}&t=${asset._rev ?? 0}`;
}

/** All of the picture, as large as fits. */
export function preview(asset: Item, width: number, height: number): string {
  if (!isPicture(asset)) return '';
  return `${pictureUrl(asset, { w: width, h: height, m: 'bestFit', mime: 'auto' })}&t=${asset._rev ?? 0}`;
}

export const fileUrl = (asset: Item, download = false): string => urlOf(`/api/assets/${encodeURIComponent(asset._id)}/file`, download ? { download: 1 } : {});

export interface Usage {
  collection: string;
  field: string;
  _id: string;
  title: Json;
}

export async function usage(id: string): Promise<Usage[]> {
  return (await api.request<{ usage: Usage[] }>(`/api/assets/${encodeURIComponent(id)}/usage`)).data.usage;
}

export interface SignedLink {
  url: string;
  token: string;
  expires_at: string;
}

export async function link(id: string, seconds: number, download: boolean): Promise<SignedLink> {
  return (await api.request<SignedLink>(`/api/assets/${encodeURIComponent(id)}/link`, { method: 'POST', body: { seconds, download } })).data;
}

/** An asset with exactly these bytes, if there is one that the reader may see. */
export async function byHash(hash: string, signal?: AbortSignal): Promise<Item | undefined> {
  return (await api.page('assets', { filter: { hash }, limit: 1 }, '', signal)).data[0];
}

/** Changes or deletes several at once, all or none. */
export function changeAll(changes: readonly { id: string; patch: JsonObject }[]): Promise<void> {
  return batch(changes.map(({ id, patch }) => ({ op: 'update', in: 'assets', id, data: patch })));
}
export function removeAll(ids: readonly string[]): Promise<void> {
  return batch(ids.map((id) => ({ op: 'delete', in: 'assets', id })));
}
async function batch(changes: JsonObject[]): Promise<void> {
  await api.request('/api/batch', { method: 'POST', body: { changes } });
}

export const types = ['image', 'video', 'audio', 'document', 'archive', 'code', 'unknown'] as const;

export interface AssetView {
  q: string;
  type: string;
  tag: string;
  /** undefined: everywhere; empty: in no folder. */
  folder: string | undefined;
  unused: boolean;
  /** "-_created": newest first. */
  sort: string;
}

export const newest = '-_created';

const refersToAssets = (field: Field): boolean => field.kind === 'asset' || (field.kind === 'ref' && field.to === 'assets');

/** What of the reader's collections can refer to assets, in the words of a filter: posts_via_cover. */
export function references(models: readonly Model[]): string[] {
  return models
    .filter((model) => model.name !== 'uploads')
    .flatMap((model) => model.fields.filter(refersToAssets).map((field) => text((field as Field & { back?: string }).back) || `${model.name}_via_${field.name}`));
}

/** The filter of a view, in the filter language. */
export function filterOf(view: AssetView, models: readonly Model[]): Json | undefined {
  const all: Json[] = [];
  const said = view.q.trim();
  if (said) all.push({ $or: [{ title: { $containsi: said } }, { name: { $containsi: said } }, { altText: { $containsi: said } }, { tags: { $eqi: said } }] });
  if (view.type) all.push({ type: view.type });
  if (view.tag) all.push({ tags: view.tag });
  if (view.folder !== undefined) all.push({ folder: view.folder || null });
  if (view.unused) all.push(...references(models).map((name) => ({ [name]: null })));
  return all.length === 0 ? undefined : all.length === 1 ? all[0] : { $and: all };
}

export function readView(search: string): AssetView {
  const pairs = new URLSearchParams(search);
  return {
    q: pairs.get('q') ?? '',
    type: pairs.get('type') ?? '',
    tag: pairs.get('tag') ?? '',
    folder: pairs.has('folder') ? (pairs.get('folder') ?? '') : undefined,
    unused: pairs.get('unused') === '1',
    sort: pairs.get('sort') ?? newest,
  };
}

/** The part of the address behind the "?", without what goes without saying. */
export function writeView(view: AssetView, more: Record<string, string> = {}): string {
  const pairs = new URLSearchParams();
  const all = { q: view.q, type: view.type, tag: view.tag, unused: view.unused ? '1' : '', sort: view.sort === newest ? '' : view.sort, ...more };
  if (view.folder !== undefined) pairs.set('folder', view.folder);
  for (const [name, value] of Object.entries(all)) if (value) pairs.set(name, value);
  const said = pairs.toString();
  return said ? `?${said}` : '';
}

/** The item's id comes last, so that equal values have an order, too. */
export const sortOf = (sort: string): Json => {
  const down = sort.startsWith('-') ? -1 : 1;
  return { [sort.replace(/^-/, '')]: down, _id: down };
};

export interface Folder {
  id: string;
  name: string;
  parent: string;
  depth: number;
  /** "Press / 2026" */
  path: string;
}

/** The tree of folders as rows, each below its own. One whose parent cannot be seen stands at the top. */
export function foldersOf(items: readonly Item[]): Folder[] {
  const known = new Set(items.map((item) => item._id));
  const parentOf = (item: Item): string => {
    const parent = isRef(item._pid) ? item._pid._id : text(item._pid);
    return known.has(parent) ? parent : '';
  };
  const below = new Map<string, Item[]>();
  for (const item of items) below.set(parentOf(item), [...(below.get(parentOf(item)) ?? []), item]);
  const rows: Folder[] = [];
  const walk = (parent: string, depth: number, path: string): void => {
    for (const item of below.get(parent) ?? []) {
      const name = text(item.name) || item._id;
      const whole = path ? `${path} / ${name}` : name;
      rows.push({ id: item._id, name, parent, depth, path: whole });
      walk(item._id, depth + 1, whole);
    }
  };
  walk('', 0, '');
  return rows;
}

/** The tags in use, most frequent first. */
export async function tagsInUse(signal?: AbortSignal): Promise<{ tag: string; count: number }[]> {
  const pipeline = JSON.stringify([{ $match: { tags: { $exists: true } } }, { $unwind: '$tags' }, { $sortByCount: '$tags' }, { $limit: 100 }]);
  const options = { query: { pipeline }, ...(signal ? { signal } : {}) };
  const { data } = await api.request<{ _id: string; count: number }[]>('/api/content/aggregate/assets', options);
  return data.map((row) => ({ tag: row._id, count: row.count }));
}

/** The faults of a form, by field: "/altText". */
export const faultsOf = (faults: readonly Fault[]): Record<string, string> => Object.fromEntries(faults.map((fault) => [fault.pointer.replace(/^\//, ''), fault.detail]));
