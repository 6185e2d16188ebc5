// The state of a list lives in its address, so that a link shows the same thing to everybody. A saved view keeps the same.
import { isObject, type Field, type Json, type JsonObject, type Model } from './types';
import { isMany, widgetOf } from './fields';

export interface SortKey {
  field: string;
  down: boolean;
}

export const viewKinds = ['table', 'cards', 'board', 'calendar', 'tree'] as const;
export type ViewKind = (typeof viewKinds)[number];

export interface ListView {
  kind: ViewKind;
  q: string;
  filter: Json | undefined;
  sort: SortKey[];
  limit: number;
  /** The field that the board is divided by, the calendar goes by, the cards show. Empty: the likeliest. */
  by: string;
  /** "2026-11" of a calendar; empty: the present one. */
  month: string;
  /** Of a saved view or a link; undefined: as this browser has it. */
  columns: string[] | undefined;
  /** The saved view that this began as. */
  saved: string;
  /** Where the page begins: a cursor forwards or backwards. The number is only told to people. */
  page: number;
  after: string;
  before: string;
}

export const pageSizes = [25, 50, 100, 200];

export const firstPage = { page: 1, after: '', before: '' };

export function readSort(text: string): SortKey[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '' && part !== '-')
    .slice(0, 5)
    .map((part) => ({ field: part.replace(/^-/, ''), down: part.startsWith('-') }));
}
export const writeSort = (sort: readonly SortKey[]): string => sort.map((key) => (key.down ? '-' : '') + key.field).join(',');

export function readView(search: string): ListView {
  const given = new URLSearchParams(search);
  const text = (name: string): string => given.get(name) ?? '';
  const view: ListView = {
    kind: viewKinds.find((kind) => kind === given.get('as')) ?? 'table',
    q: text('q'),
    filter: undefined,
    sort: readSort(text('sort')),
    limit: 25,
    by: text('by'),
    month: /^\d{4}-(0[1-9]|1[0-2])$/.test(text('month')) ? text('month') : '',
    columns: given.has('columns') ? text('columns').split(',').filter(Boolean) : undefined,
    saved: text('view'),
    ...firstPage,
  };
  if (view.columns?.length === 0) view.columns = undefined;
  const filter = given.get('filter');
  if (filter) {
    try {
      view.filter = JSON.parse(filter) as Json;
    } catch {
      view.filter = undefined;
    }
  }
  const limit = Number(given.get('limit'));
  if (pageSizes.includes(limit)) view.limit = limit;
  const page = Number(given.get('page'));
  // A number without a place says nothing: pages are found by their cursor.
  if (Number.isInteger(page) && page > 1 && (given.has('after') || given.has('before'))) Object.assign(view, { page, after: text('after'), before: text('before') });
  return view;
}

const isNothing = (filter: Json | undefined): boolean => filter === undefined || (isObject(filter) && Object.keys(filter).length === 0);

/** What is worth keeping of a view: without the page, and without what goes without saying. */
export function stateOf(view: ListView): JsonObject {
  const state: JsonObject = {};
  if (view.q) state.q = view.q;
  if (!isNothing(view.filter)) state.filter = view.filter ?? null;
  if (view.sort.length) state.sort = writeSort(view.sort);
  if (view.limit !== 25) state.limit = view.limit;
  if (view.by) state.by = view.by;
  if (view.columns) state.columns = view.columns;
  return state;
}

export function writeView(view: ListView): string {
  const out = new URLSearchParams();
  if (view.kind !== 'table') out.set('as', view.kind);
  if (view.saved) out.set('view', view.saved);
  for (const [name, value] of Object.entries(stateOf(view)))
    out.set(name, typeof value === 'string' ? value : Array.isArray(value) ? value.join(',') : typeof value === 'number' ? String(value) : JSON.stringify(value));
  if (view.month) out.set('month', view.month);
  if (view.after || view.before) {
    out.set('page', String(view.page));
    if (view.after) out.set('after', view.after);
    else out.set('before', view.before);
  }
  const text = out.toString();
  return text ? `?${text}` : '';
}

/** A view that was saved, as a list shows it. Unknown or broken parts are left out. */
export function fromState(kind: string, state: Json | undefined, saved = ''): ListView {
  const given = isObject(state) ? state : {};
  const out = new URLSearchParams({ as: kind });
  for (const name of ['q', 'sort', 'by'] as const) if (typeof given[name] === 'string') out.set(name, given[name]);
  if (isObject(given.filter)) out.set('filter', JSON.stringify(given.filter));
  if (typeof given.limit === 'number') out.set('limit', String(given.limit));
  if (Array.isArray(given.columns)) out.set('columns', given.columns.filter((one) => typeof one === 'string').join(','));
  return { ...readView(`?${out.toString()}`), saved };
}

export const sameView = (a: ListView, b: ListView): boolean => a.kind === b.kind && JSON.stringify(stateOf(a)) === JSON.stringify(stateOf(b));

const shown = new Set(['text', 'email', 'url', 'number', 'boolean', 'select', 'multiselect', 'tags', 'date', 'time', 'datetime', 'ref']);

/** The columns of a list nobody has arranged yet: the name first, then what fits into a cell. */
export function defaultColumns(model: Model): string[] {
  const fits = (field: Field): boolean => field.name !== model.display && shown.has(widgetOf(field)) && !field.multiline;
  const others = model.fields.filter(fits).map((field) => field.name);
  const first = model.fields.some((field) => field.name === model.display) ? [model.display] : [];
  return [...first, ...others].slice(0, 4);
}

/** "title=240": a column and how wide somebody made it. */
export interface Column {
  path: string;
  width: number | undefined;
}
export function readColumn(text: string): Column {
  const [path = '', width] = text.split('=');
  const wide = Number(width);
  return { path, width: Number.isInteger(wide) && wide >= 60 && wide <= 1200 ? wide : undefined };
}
export const writeColumn = (column: Column): string => (column.width ? `${column.path}=${column.width}` : column.path);

const sortables = new Set(['text', 'longtext', 'slug', 'email', 'url', 'number', 'boolean', 'select', 'date', 'time', 'datetime', 'color']);

export const isSortable = (field: Field): boolean => sortables.has(widgetOf(field)) && !isMany(field);

/** What a board can be divided by: single choices, and the state where there is one. */
export const boardFields = (model: Model): string[] => [...model.fields.filter((field) => widgetOf(field) === 'select').map((field) => field.name), ...(model.system ? [] : ['_state'])];
export const calendarFields = (model: Model): string[] => [...model.fields.filter((field) => ['date', 'datetime'].includes(widgetOf(field)) && !isMany(field)).map((field) => field.name), '_created', '_modified'];
/** The picture of a card: an asset, or a reference to one. */
export const imageFields = (model: Model): string[] =>
  model.fields.filter((field) => (field.kind === 'asset' || (field.kind === 'ref' && field.to === 'assets')) && !isMany(field)).map((field) => field.name);

/** The views that make sense for a collection. */
export function kindsOf(model: Model): ViewKind[] {
  const kinds: ViewKind[] = ['table', 'cards'];
  if (boardFields(model).length) kinds.push('board');
  if (!model.system || calendarFields(model).length > 2) kinds.push('calendar');
  if (model.shape === 'tree') kinds.push('tree');
  return kinds;
}
