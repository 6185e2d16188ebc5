import type { Item, Json, JsonObject, Me, Model, Page, User } from './types';

export interface Fault {
  pointer: string;
  code: string;
  detail: string;
}

/** An answer that is not a success, in the words of problem+json. Status 0: nobody answered. */
export class Problem extends Error {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly requestId: string;
  readonly faults: Fault[];
  /** Seconds that have to pass first; 0: nothing is said. */
  readonly retryAfter: number;

  constructor(status: number, title: string, detail = '', requestId = '', faults: Fault[] = [], retryAfter = 0) {
    super(detail || title);
    this.name = 'Problem';
    this.status = status;
    this.title = title;
    this.detail = detail;
    this.requestId = requestId;
    this.faults = faults;
    this.retryAfter = retryAfter;
  }
}

export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem(-1, 'Something went wrong in this page', error instanceof Error ? error.message : String(error));
}

interface Hooks {
  /** The session ended under our feet. True: signed in again, repeat the request. */
  expired: () => Promise<boolean>;
  /** Keys, people and roles want a proof of the last five minutes. True: it was given, repeat the request. */
  stale?: () => Promise<boolean>;
  /** Whether the server can be reached, told after every request. */
  reachable: (yes: boolean) => void;
}

let csrf = '';
let hooks: Hooks = { expired: async () => false, reachable: () => {} };

export function setHooks(next: Hooks): void {
  hooks = next;
}

export interface Options {
  method?: string;
  body?: unknown;
  query?: Record<string, string | number | undefined>;
  ifMatch?: string;
  headers?: Record<string, string>;
  /** A body that is not JSON goes as it is, under its own type. */
  raw?: { body: BodyInit; type: string };
  signal?: AbortSignal;
  /** Sign-in itself: a 401 is an answer and not the end of a session. */
  anonymous?: boolean;
}

export interface Answer<T> {
  data: T;
  etag: string;
}

export function urlOf(path: string, query: Options['query'] = {}): string {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== '') pairs.set(name, String(value));
  const text = pairs.toString();
  return text ? `${path}?${text}` : path;
}

async function send(path: string, options: Options): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  const method = options.method ?? 'GET';
  if (method !== 'GET') {
    if (csrf) headers['X-CSRF-Token'] = csrf;
    headers['Content-Type'] = options.raw?.type ?? 'application/json';
  }
  Object.assign(headers, options.headers);
  if (options.ifMatch) headers['If-Match'] = options.ifMatch;
  const request: RequestInit = { method, headers, credentials: 'same-origin', cache: 'no-store' };
  if (options.raw) request.body = options.raw.body;
  else if (options.body !== undefined) request.body = JSON.stringify(options.body);
  if (options.signal) request.signal = options.signal;
  try {
    const response = await fetch(urlOf(path, options.query), request);
    hooks.reachable(true);
    return response;
  } catch (error) {
    if (options.signal?.aborted) throw error;
    hooks.reachable(false);
    throw new Problem(0, 'The server does not answer', 'Check the connection and try again. Nothing was lost on this page.');
  }
}

async function problemOf(response: Response): Promise<Problem> {
  let body: JsonObject = {};
  try {
    const parsed: unknown = await response.json();
    if (typeof parsed === 'object' && parsed !== null) body = parsed as JsonObject;
  } catch {
    // Not JSON: the status has to speak for itself.
  }
  const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
  const faults: Fault[] = [];
  for (const entry of Array.isArray(body.errors) ? body.errors : []) {
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) continue;
    faults.push({ pointer: text(entry.pointer), code: text(entry.code), detail: text(entry.detail) || text(entry.message) });
  }
  return new Problem(
    response.status,
    text(body.title) || text(body.error) || response.statusText || `Status ${response.status}`,
    text(body.detail),
    response.headers.get('X-Request-Id') ?? text(body.request_id),
    faults,
    Number(response.headers.get('Retry-After')) || 0,
  );
}

/**
 * Whether the answer is due to the session and not to the request. A cookie that ran out makes us the
 * public, to whom things are refused (401, 403) or absent (404). Another tab may have signed in anew:
 * then only the token is stale.
 */
async function mayRepeat(status: number): Promise<boolean> {
  if (status === 401) return hooks.expired();
  const before = csrf;
  const now = await me().catch(() => undefined);
  if (now?.kind === 'public') return hooks.expired();
  return status === 403 && csrf !== before;
}

/** An answer as it came, for what is not JSON: PEM, CSV, files. */
export async function fetched(path: string, options: Options = {}): Promise<Response> {
  let response = await send(path, options);
  if (!options.anonymous && [401, 403, 404].includes(response.status) && (await mayRepeat(response.status))) response = await send(path, options);
  if (!response.ok) {
    const problem = await problemOf(response);
    const wantsProof = !options.anonymous && problem.faults.some((fault) => fault.code === 'step-up');
    if (!wantsProof || !(await hooks.stale?.())) throw problem;
    response = await send(path, options);
    if (!response.ok) throw await problemOf(response);
  }
  return response;
}

export async function request<T>(path: string, options: Options = {}): Promise<Answer<T>> {
  const response = await fetched(path, options);
  const data = response.status === 204 ? undefined : await response.json();
  return { data: data as T, etag: response.headers.get('ETag') ?? '' };
}

/** Whatever renews the session brings the next token for changes along. */
export function keepToken<T extends { csrf?: string }>(answer: T): T {
  if (typeof answer.csrf === 'string') csrf = answer.csrf;
  return answer;
}

const isEnded = (error: unknown): boolean => error instanceof Problem && error.status === 401;

/** A cookie that ran out is refused once and taken away with that answer; asked again, we are the public. */
export async function me(): Promise<Me> {
  const ask = () => request<Me>('/api/auth/me', { anonymous: true });
  const answer = await ask().catch((error: unknown) => {
    if (isEnded(error)) return ask();
    throw error;
  });
  return keepToken(answer.data);
}

/** How one can come in here. Links by mail need a server that sends mail. */
export interface Methods {
  setup: boolean;
  password: boolean;
  magic?: boolean;
  reset?: boolean;
  providers?: { name: string; label?: string | null }[];
}

export async function methods(): Promise<Methods> {
  return (await request<Methods>('/api/auth/methods', { anonymous: true })).data;
}

export type SignedIn = { user: User; csrf?: string };

/** The password was right, and something else is asked for: bring `pending` along with it within five minutes. */
export interface Pending {
  second_factor: string[];
  pending: string;
}

export const isPending = (answer: object): answer is Pending => 'pending' in answer;

export async function login(user: string, password: string): Promise<SignedIn | Pending> {
  const options = { method: 'POST', body: { user, password }, anonymous: true };
  return keepToken((await request<SignedIn & Pending>('/api/auth/login', options)).data);
}

/** What a second step can be answered with; a passkey is the browser's own JSON. */
export type Factor = { code: string } | { recovery: string } | { passkey: JsonObject };

/** A fresh proof for what matters; the session goes on under a new secret. */
export async function stepUp(proof: { password: string } | Factor): Promise<void> {
  keepToken((await request<SignedIn>('/api/auth/step-up', { method: 'POST', body: proof, anonymous: true })).data);
}

export async function second(pending: string, proof: Factor): Promise<SignedIn> {
  const options = { method: 'POST', body: { pending, ...proof }, anonymous: true };
  return keepToken((await request<SignedIn>('/api/auth/second', options)).data);
}

export async function setup(body: { code: string; email: string; name: string; password: string }): Promise<SignedIn> {
  return keepToken((await request<SignedIn>('/api/auth/setup', { method: 'POST', body, anonymous: true })).data);
}

export async function logout(): Promise<void> {
  await request('/api/auth/logout', { method: 'POST', anonymous: true }).catch((error: unknown) => {
    if (!isEnded(error)) throw error;
  });
  csrf = '';
}

export async function models(): Promise<Model[]> {
  return (await request<Model[]>('/api/content/models')).data;
}

export interface ListQuery {
  filter?: Json | undefined;
  sort?: Json | undefined;
  fields?: Json | undefined;
  limit: number;
  skip: number;
}

const text = (value: Json | undefined): string | undefined => (value === undefined ? undefined : JSON.stringify(value));

/** The parameters of a list, the same for the request and for "Copy as curl". */
export function listParameters(query: ListQuery): Record<string, string | number | undefined> {
  return {
    limit: query.limit,
    skip: query.skip,
    count: 'exact',
    state: 'any',
    filter: text(query.filter),
    sort: text(query.sort),
    fields: text(query.fields),
  };
}

const path = (...parts: string[]): string => `/api/content/${parts.map(encodeURIComponent).join('/')}`;

export async function list(model: string, query: ListQuery, signal?: AbortSignal): Promise<Page> {
  type Listed = { data: Item[]; meta?: { total?: number } } | Item[];
  const options: Options = { query: listParameters(query) };
  if (signal) options.signal = signal;
  const { data } = await request<Listed>(path('items', model), options);
  if (Array.isArray(data)) return { data, total: data.length };
  return { data: data.data, total: data.meta?.total ?? data.data.length };
}

export interface PageQuery {
  filter?: Json | undefined;
  sort?: Json | undefined;
  fields?: Json | undefined;
  search?: string | undefined;
  populate?: Json | undefined;
  limit?: number;
  /** Drafts and archived ones, too, unless it says otherwise. */
  state?: string;
}

/** A page by cursor; nothing is counted. `next` is empty on the last one. */
export async function page<T extends { _id: string } = Item>(model: string, query: PageQuery, cursor = '', signal?: AbortSignal): Promise<{ data: T[]; next: string }> {
  const options: Options = {
    query: {
      limit: query.limit ?? 50,
      state: query.state ?? 'any',
      filter: text(query.filter),
      sort: text(query.sort),
      fields: text(query.fields),
      populate: text(query.populate),
      search: query.search,
    },
  };
  if (signal) options.signal = signal;
  const { data } = await request<{ data: T[]; meta: { cursor: string | null } }>(`${urlOf(path('items', model), options.query)}&cursor=${encodeURIComponent(cursor)}`, {
    ...(signal ? { signal } : {}),
  });
  return { data: data.data, next: data.meta.cursor ?? '' };
}

/** How many there are; only where somebody needs to know. */
export async function total(model: string, filter?: Json, signal?: AbortSignal): Promise<number> {
  const options: Options = { query: { count: 'only', state: 'any', filter: text(filter) } };
  if (signal) options.signal = signal;
  const { data } = await request<{ meta: { total: number } }>(path('items', model), options);
  return data.meta.total;
}

/** A verb of an item: publish, archive, or an action of its own. */
export function act<T = Item>(model: string, id: string, action: string, body: JsonObject = {}, ifMatch?: string): Promise<Answer<T>> {
  const options: Options = { method: 'POST', body };
  if (ifMatch) options.ifMatch = ifMatch;
  return request<T>(`${itemPath(model, id)}/${encodeURIComponent(action)}`, options);
}

/** A singleton has no id in its path. */
export const itemPath = (model: string, id?: string): string => (id ? path('item', model, id) : path('item', model));

export function read(model: string, id?: string): Promise<Answer<Item>> {
  return request<Item>(itemPath(model, id), { query: { state: 'any' } });
}

export function create(model: string, data: JsonObject): Promise<Answer<Item>> {
  return request<Item>(itemPath(model), { method: 'POST', body: { data } });
}

export function change(model: string, id: string, patch: JsonObject, ifMatch?: string): Promise<Answer<Item>> {
  const options: Options = { method: 'PATCH', body: patch };
  if (ifMatch) options.ifMatch = ifMatch;
  return request<Item>(itemPath(model, id), options);
}

export async function remove(model: string, id: string, ifMatch?: string): Promise<void> {
  const options: Options = { method: 'DELETE' };
  if (ifMatch) options.ifMatch = ifMatch;
  await request(itemPath(model, id), options);
}
