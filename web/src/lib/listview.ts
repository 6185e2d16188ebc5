// The state of a list lives in its address, so that a link shows the same thing to everybody.
import { isObject, type Field, type Json, type Model } from './types';
import { widgetOf } from './fields';

export interface ListView {
  q: string;
  filter: Json | undefined;
  sort: { field: string; down: boolean } | undefined;
  page: number;
  limit: number;
}

export const pageSizes = [25, 50, 100, 200];

export function readView(search: string): ListView {
  const given = new URLSearchParams(search);
  const view: ListView = { q: given.get('q') ?? '', filter: undefined, sort: undefined, page: 1, limit: 25 };
  const filter = given.get('filter');
  if (filter) {
    try {
      view.filter = JSON.parse(filter) as Json;
    } catch {
      view.filter = undefined;
    }
  }
  const sort = given.get('sort');
  if (sort) view.sort = { field: sort.replace(/^-/, ''), down: sort.startsWith('-') };
  const page = Number(given.get('page'));
  if (Number.isInteger(page) && page > 0) view.page = page;
  const limit = Number(given.get('limit'));
  if (pageSizes.includes(limit)) view.limit = limit;
  return view;
}

export function writeView(view: ListView): string {
  const out = new URLSearchParams();
  if (view.q) out.set('q', view.q);
  if (view.filter !== undefined && !(isObject(view.filter) && Object.keys(view.filter).length === 0))
    out.set('filter', JSON.stringify(view.filter));
  if (view.sort) out.set('sort', (view.sort.down ? '-' : '') + view.sort.field);
  if (view.page > 1) out.set('page', String(view.page));
  if (view.limit !== 25) out.set('limit', String(view.limit));
  const text = out.toString();
  return text ? `?${text}` : '';
}

const shown = new Set(['text', 'email', 'url', 'number', 'boolean', 'select', 'multiselect', 'tags', 'date', 'time', 'datetime', 'ref']);

/** The columns of a list nobody has arranged yet: the name first, then what fits into a cell. */
export function defaultColumns(model: Model): string[] {
  const fits = (field: Field): boolean => field.name !== model.display && shown.has(widgetOf(field)) && !field.multiline;
  const others = model.fields.filter(fits).map((field) => field.name);
  const first = model.fields.some((field) => field.name === model.display) ? [model.display] : [];
  return [...first, ...others].slice(0, 4);
}

const sortables = new Set(['text', 'longtext', 'slug', 'email', 'url', 'number', 'boolean', 'select', 'date', 'time', 'datetime', 'color']);

export const isSortable = (field: Field): boolean => sortables.has(widgetOf(field));
