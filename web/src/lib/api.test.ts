import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as api from './api';

type Call = { url: string; method: string; headers: Record<string, string>; body: unknown };
let calls: Call[];
let answers: (() => Response | Promise<Response>)[];

const json = (body: unknown, init: ResponseInit = {}): (() => Response) => () =>
  new Response(JSON.stringify(body), { headers: { 'Content-Type': 'application/json' }, ...init });
const problem = (status: number, body: object = {}): (() => Response) =>
  json({ title: 'Refused', ...body }, { status, headers: { 'X-Request-Id': 'r-7' } });

beforeEach(() => {
  calls = [];
  answers = [];
  api.setHooks({ expired: async () => false, reachable: () => {} });
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    const body = typeof init.body === 'string' ? (JSON.parse(init.body) as unknown) : undefined;
    calls.push({ url, method: init.method ?? 'GET', headers: init.headers as Record<string, string>, body });
    const next = answers.shift();
    if (!next) throw new TypeError('network');
    return next();
  });
});
afterEach(() => vi.unstubAllGlobals());

async function refusal(promise: Promise<unknown>): Promise<api.Problem> {
  return promise.then(
    () => {
      throw new Error('was not refused');
    },
    (error: unknown) => error as api.Problem,
  );
}

describe('requests', () => {
  it('carry the token of the session on unsafe methods only', async () => {
    answers = [json({ kind: 'user', user: { _id: 'u' }, roles: [], csrf: 'tok' }), json({ _id: '1' }), json([])];
    await api.me();
    await api.change('posts', '1', { title: 'x' }, '"e1"');
    await api.models();
    expect(calls[1]?.headers).toMatchObject({ 'X-CSRF-Token': 'tok', 'If-Match': '"e1"', 'Content-Type': 'application/json' });
    expect(calls[1]).toMatchObject({ url: '/api/content/item/posts/1', method: 'PATCH', body: { title: 'x' } });
    expect(calls[2]?.headers).not.toHaveProperty('X-CSRF-Token');
  });

  it('name collections and ids safely in the path', async () => {
    answers = [json({}), json({ success: true })];
    await api.read('a/b', '../x?');
    await api.remove('a b', '1');
    expect(calls.map((call) => call.url)).toEqual(['/api/content/item/a%2Fb/..%2Fx%3F?state=any', '/api/content/item/a%20b/1']);
  });

  it('ask lists for a page with its total', async () => {
    answers = [json({ data: [{ _id: '1' }], meta: { total: 41 } }), json([{ _id: '1' }])];
    const page = await api.list('posts', { filter: { views: { $gt: 1 } }, sort: { title: -1 }, limit: 25, skip: 50 });
    expect(page).toEqual({ data: [{ _id: '1' }], total: 41 });
    const query = new URL(calls[0]?.url ?? '', 'http://x').searchParams;
    expect(Object.fromEntries(query)).toEqual({ limit: '25', skip: '50', count: 'exact', state: 'any', filter: '{"views":{"$gt":1}}', sort: '{"title":-1}' });
    expect((await api.list('posts', { limit: 5, skip: 0 })).total).toBe(1);
  });

  it('give the ETag with the item', async () => {
    answers = [json({ _id: '1' }, { headers: { ETag: '"abc"' } })];
    expect(await api.read('posts', '1')).toEqual({ data: { _id: '1' }, etag: '"abc"' });
  });
});

describe('a session that ended', () => {
  it('is refused once when we ask who we are', async () => {
    answers = [problem(401), json({ kind: 'public', user: null, roles: [], csrf: null })];
    expect((await api.me()).kind).toBe('public');
    answers = [problem(401), problem(401)];
    expect((await refusal(api.me())).status).toBe(401);
  });

  it('needs no signing out', async () => {
    answers = [problem(401)];
    await api.logout();
    answers = [problem(403)];
    expect((await refusal(api.logout())).status).toBe(403);
  });
});

describe('refusals', () => {
  it('keep title, detail, request id and faults', async () => {
    answers = [problem(422, { detail: 'Two faults.', errors: [{ pointer: '/title', code: 'required', detail: 'Needed.' }, 'nonsense'] })];
    const refused = await refusal(api.create('posts', {}));
    expect(refused).toMatchObject({ status: 422, title: 'Refused', detail: 'Two faults.', requestId: 'r-7' });
    expect(refused.faults).toEqual([{ pointer: '/title', code: 'required', detail: 'Needed.' }]);
  });

  it('without JSON are told by their status', async () => {
    answers = [() => new Response('<h1>Bad gateway</h1>', { status: 502, statusText: 'Bad Gateway' })];
    expect(await refusal(api.models())).toMatchObject({ status: 502, title: 'Bad Gateway' });
  });

  it('tell a server that does not answer from one that refuses', async () => {
    const reachable: boolean[] = [];
    api.setHooks({ expired: async () => false, reachable: (yes) => reachable.push(yes) });
    expect(await refusal(api.models())).toMatchObject({ status: 0 });
    answers = [problem(500)];
    await refusal(api.models());
    expect(reachable).toEqual([false, true]);
  });
});

describe('a session that ended', () => {
  it('is asked for once and the request repeated with the new token', async () => {
    api.setHooks({
      expired: async () => {
        answers = [json({ user: { _id: 'u' }, csrf: 'new' }), json({ _id: '1' })];
        await api.login('ada', 'secret');
        return true;
      },
      reachable: () => {},
    });
    answers = [problem(401)];
    await api.change('posts', '1', { title: 'kept' });
    expect(calls.map((call) => call.url)).toEqual(['/api/content/item/posts/1', '/api/auth/login', '/api/content/item/posts/1']);
    expect(calls[2]).toMatchObject({ body: { title: 'kept' }, headers: { 'X-CSRF-Token': 'new' } });
  });

  it('asks for a fresh proof once and repeats what wanted it', async () => {
    let asked = 0;
    api.setHooks({
      expired: async () => false,
      stale: async () => {
        asked++;
        answers = [json({ _id: '1' })];
        return true;
      },
      reachable: () => {},
    });
    const stale = () => new Response(JSON.stringify({ errors: [{ pointer: '', code: 'step-up', detail: 'Show it' }] }), { status: 403 });
    answers = [stale, json({ kind: 'user', user: { _id: 'u' }, roles: [] })];
    await api.create('api_keys', { label: 'x' });
    expect(asked).toBe(1);
  });

  it('does not turn a wrong password into a question for the password', async () => {
    let asked = false;
    api.setHooks({ expired: async () => (asked = true), reachable: () => {} });
    answers = [problem(401)];
    expect(await refusal(api.login('ada', 'wrong'))).toMatchObject({ status: 401 });
    expect(asked).toBe(false);
  });

  it('of another tab: a stale token is fetched anew, a plain 403 is not repeated', async () => {
    answers = [problem(403), json({ kind: 'user', user: { _id: 'u' }, roles: [], csrf: 'fresh' }), json({ _id: '1' })];
    await api.create('posts', { title: 'x' });
    expect(calls[2]?.headers['X-CSRF-Token']).toBe('fresh');
    calls = [];
    answers = [problem(403), json({ kind: 'user', user: { _id: 'u' }, roles: [], csrf: 'fresh' })];
    expect(await refusal(api.create('posts', {}))).toMatchObject({ status: 403 });
    expect(calls).toHaveLength(2);
  });
});
