// One page of a collection: its rows first, how many there are after that, by a request of its own. Nothing waits for a count.
import * as api from './api';
import type { Problem } from './api';
import { widgetOf } from './fields';
import { both, containing } from './filter';
import { writeSort, type SortKey } from './listview';
import type { Field, Item, Json, Model } from './types';

export interface Ask {
  filter: Json | undefined;
  search: string;
  sort: readonly SortKey[];
  /** Paths of what is shown. */
  paths: readonly string[];
  limit: number;
  after: string;
  before: string;
}

/** Collections that say they cannot be searched; there, words are looked for in the name. */
const unsearchable = new Set<string>();
/** Collections with a field that cannot be marked. */
const unmarkable = new Set<string>();

const always = ['_id', '_state', '_rev', '_created', '_modified'];

/** What was typed so far may be the beginning of a word. */
export function prefixed(text: string): string {
  const quotes = text.split('"').length - 1;
  return quotes % 2 === 1 ? `${text}"` : /(^|[\s:])[\p{L}\p{N}_]+$/u.test(text) ? `${text}*` : text;
}

const texts = new Set(['text', 'longtext', 'richtext', 'slug', 'email', 'url']);
const isLong = (field: Field): boolean => ['longtext', 'richtext'].includes(widgetOf(field));

/** A reference beside paths through it would be replaced by them: it comes with its id and name, too. */
function fieldsOf(model: Model, paths: readonly string[], find: (name: string) => Model | undefined): string {
  const wanted = new Set([...always, ...paths]);
  if (model.fields.some((field) => field.name === model.display)) wanted.add(model.display);
  if (model.shape === 'tree') for (const name of ['_pid', '_o']) wanted.add(name);
  for (const path of [...wanted]) {
    const [head = ''] = path.split('.');
    if (head === path || !wanted.has(head)) continue;
    const to = model.fields.find((field) => field.name === head)?.to;
    wanted.add(`${head}._id`);
    const display = to && find(to)?.display;
    if (display) wanted.add(`${head}.${display}`);
  }
  return [...wanted].join(',');
}

export type Parameters = Record<string, string | number | undefined>;

/** What is asked for, without where the page begins: the same for rows, counts, exports and "Copy API URL". */
export function conditions(model: Model, filter: Json | undefined, search: string): Parameters {
  const words = search.trim();
  const searched = words && !model.system && !unsearchable.has(model.name);
  const named = words && !searched && model.fields.some((field) => field.name === model.display);
  const all = both(filter, named ? { [model.display]: containing(words) } : undefined);
  return {
    state: 'any',
    perspective: model.system ? undefined : 'draft',
    filter: all === undefined ? undefined : JSON.stringify(all),
    search: searched ? prefixed(words) : undefined,
  };
}

/** The best match first, else what was changed last. */
function orderOf(sort: readonly SortKey[], given: Parameters): string | undefined {
  if (sort.length) return writeSort(sort);
  return given.search ? undefined : '-_modified,-_id';
}

export function parameters(model: Model, ask: Ask, find: (name: string) => Model | undefined): Parameters {
  const given = conditions(model, ask.filter, ask.search);
  const marks = given.search && !unmarkable.has(model.name) ? ask.paths.filter((path) => model.fields.some((field) => field.name === path && texts.has(widgetOf(field)))) : [];
  const long = marks.length ? model.fields.find((field) => isLong(field) && !marks.includes(field.name)) : undefined;
  return {
    ...given,
    limit: ask.limit,
    sort: orderOf(ask.sort, given),
    fields: fieldsOf(model, ask.paths, find),
    highlight: marks.join(',') || undefined,
    snippet: long?.name,
    before: ask.before || undefined,
  };
}

export const itemsPath = (model: Model): string => `/api/content/items/${encodeURIComponent(model.name)}`;

interface Answer {
  data: Item[];
  meta: { cursor: string | null; prev?: string | null; total?: number; estimated?: boolean };
}

/** A page by cursor; an empty one is the beginning. */
export async function pageOf(model: Model, given: Parameters, after: string, signal?: AbortSignal): Promise<Answer> {
  const url = api.urlOf(itemsPath(model), given) + (given.before ? '' : `&cursor=${encodeURIComponent(after)}`);
  return (await api.request<Answer>(url, signal ? { signal } : {})).data;
}

const isFault = (error: unknown, code: string, pointer: string): boolean =>
  error instanceof api.Problem && error.status === 400 && error.faults.some((fault) => fault.code === code || fault.pointer === pointer);

export class Listing {
  /** undefined: on their way. */
  items: Item[] | undefined = $state.raw();
  problem: Problem | undefined = $state.raw();
  busy = $state(false);
  next = $state('');
  prev = $state('');
  /** undefined: not counted yet. */
  total: number | undefined = $state();
  /** There are more than `total`. */
  about = $state(false);
  readonly #find: (name: string) => Model | undefined;
  #counted = '';
  #abort: AbortController | undefined;

  constructor(find: (name: string) => Model | undefined) {
    this.#find = find;
  }

  async load(model: Model, ask: Ask): Promise<void> {
    this.#abort?.abort();
    const { signal } = (this.#abort = new AbortController());
    this.busy = true;
    try {
      const answer = await this.#page(model, ask, signal);
      if (signal.aborted) return;
      this.items = answer.data;
      this.next = answer.meta.cursor ?? '';
      this.prev = answer.meta.prev ?? '';
      this.problem = undefined;
      this.busy = false;
      await this.#count(model, ask, answer, signal);
    } catch (error) {
      if (signal.aborted) return;
      this.problem = api.asProblem(error);
      this.busy = false;
    }
  }

  stop(): void {
    this.#abort?.abort();
  }

  /** The rows with these ids as they are now, in their places. */
  async refresh(model: Model, ask: Ask, ids: string[]): Promise<void> {
    const given = { ...parameters(model, { ...ask, search: '', before: '' }, this.#find), filter: JSON.stringify({ _id: { $in: ids } }), limit: ids.length };
    const fresh = new Map((await pageOf(model, given, '')).data.map((item) => [item._id, item]));
    this.items = this.items?.map((item) => fresh.get(item._id) ?? item);
  }

  replace(item: Item): void {
    this.items = this.items?.map((one) => (one._id === item._id ? { ...one, ...item } : one));
  }

  async #page(model: Model, ask: Ask, signal: AbortSignal): Promise<Answer> {
    try {
      return await pageOf(model, parameters(model, ask, this.#find), ask.after, signal);
    } catch (error) {
      if (isFault(error, 'not-searched', '') && !unsearchable.has(model.name)) unsearchable.add(model.name);
      else if ((isFault(error, '', 'highlight') || isFault(error, '', 'snippet')) && !unmarkable.has(model.name)) unmarkable.add(model.name);
      else throw error;
      return this.#page(model, ask, signal);
    }
  }

  async #count(model: Model, ask: Ask, answer: Answer, signal: AbortSignal): Promise<void> {
    if (!ask.after && !ask.before && !answer.meta.cursor) {
      this.total = answer.data.length;
      this.about = false;
      this.#counted = '';
      return;
    }
    const given = conditions(model, ask.filter, ask.search);
    const asked = JSON.stringify([model.name, given]);
    // Another page of the same: the number is known, and asked for again without a flicker.
    if (asked !== this.#counted) this.total = undefined;
    this.#counted = asked;
    const slow = setTimeout(() => void this.#estimate(model, given, signal), 1200);
    try {
      const { data } = await api.request<Answer>(itemsPath(model), { query: { ...given, count: 'only' }, signal });
      if (signal.aborted) return;
      this.total = data.meta.total;
      this.about = false;
    } catch {
      // A list without its number is still a list.
    } finally {
      clearTimeout(slow);
    }
  }

  /** While the exact number takes its time. */
  async #estimate(model: Model, given: Parameters, signal: AbortSignal): Promise<void> {
    try {
      const { data } = await api.request<Answer>(itemsPath(model), { query: { ...given, count: 'estimated', fields: '_id', limit: 1000 }, signal });
      if (signal.aborted || this.total !== undefined) return;
      this.total = data.meta.total;
      this.about = data.meta.estimated === true;
    } catch {
      // The exact number is still on its way.
    }
  }
}
