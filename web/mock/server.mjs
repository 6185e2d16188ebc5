// A small server that speaks the dashboard's part of the API from memory: for tests without the real
// one and for work on the screens. `node mock/server.mjs [--demo] [--port N] [--dist DIR]`.
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { demo } from './demo.mjs';
import { matches, sorted } from './filter.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.txt': 'text/plain' };
const meta = ['_id', '_state', '_created', '_modified', '_cby', '_mby', '_rev'];
const id = () => randomBytes(12).toString('hex');
const now = () => Math.floor(Date.now() / 1000);

// The policy is the packed one: read from the C file that the real server links.
export const policy = [...readFileSync(join(here, '../assets.c'), 'utf8').split('web_csp =')[1].split(';\n')[0].matchAll(/"([^"]*)"/g)]
  .map((part) => part[1])
  .join('');

class Refusal extends Error {
  constructor(status, title, detail = '', errors = []) {
    super(detail);
    Object.assign(this, { status, title, detail, errors });
  }
}

export function start({ dist = join(here, '../dist'), port = 0, withDemo = false, models } = {}) {
  const state = {
    models: models ?? JSON.parse(readFileSync(join(here, '../e2e/models.json'), 'utf8')),
    items: new Map(),
    users: [],
    sessions: new Map(),
    code: randomBytes(6).toString('hex').toUpperCase().match(/..../g).join('-'),
  };
  for (const model of state.models) state.items.set(model.name, []);
  if (withDemo) demo(state, { id, now });
  const server = createServer((request, response) => void serve(state, dist, request, response));
  return new Promise((ready) => {
    server.listen(port, '127.0.0.1', () => {
      ready({ url: `http://127.0.0.1:${server.address().port}`, code: state.code, state, stop: () => new Promise((done) => (server.closeAllConnections(), server.close(done))) });
    });
  });
}

async function serve(state, dist, request, response) {
  const requestId = randomBytes(8).toString('hex');
  response.setHeader('X-Request-Id', requestId);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  const url = new URL(request.url, 'http://localhost');
  try {
    if (url.pathname === '/') return void response.writeHead(302, { Location: '/admin/' }).end();
    if (url.pathname.startsWith('/admin')) return file(dist, url.pathname, response);
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const answer = route(state, request, url, text ? JSON.parse(text) : {}, response);
    if (answer === undefined) return void response.writeHead(204).end();
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(answer));
  } catch (error) {
    const refusal = error instanceof Refusal ? error : new Refusal(500, 'Internal error', String(error?.stack ?? error));
    response.writeHead(refusal.status, { 'Content-Type': 'application/problem+json' });
    const { status, title, detail, errors } = refusal;
    response.end(JSON.stringify({ type: 'about:blank', title, status, detail, instance: requestId, errors, error: title }));
  }
}

function file(dist, pathname, response) {
  const inside = normalize(decodeURIComponent(pathname.replace(/^\/admin\/?/, ''))).replace(/^(\.\.[/\\])+/, '');
  let path = join(dist, inside);
  if (!inside || inside === '.' || !existsSync(path) || !statSync(path).isFile()) {
    if (inside.startsWith('assets/')) return void response.writeHead(404).end();
    path = join(dist, 'index.html');
  }
  response.writeHead(200, { 'Content-Type': types[extname(path)] ?? 'application/octet-stream', 'Content-Security-Policy': policy, 'Referrer-Policy': 'no-referrer' });
  createReadStream(path).pipe(response);
}

function route(state, request, url, body, response) {
  const { method } = request;
  const token = /(?:^|; )vitrine=([^;]+)/.exec(request.headers.cookie ?? '')?.[1];
  const session = state.sessions.get(token);
  const user = session && state.users.find((one) => one._id === session.user);
  const shown = (one) => ({ _id: one._id, email: one.email, name: one.name, roles: ['admin'] });
  const enter = (one) => {
    const [key, csrf] = [randomBytes(16).toString('hex'), randomBytes(16).toString('hex')];
    state.sessions.set(key, { user: one._id, csrf });
    response.setHeader('Set-Cookie', `vitrine=${key}; Path=/; HttpOnly; SameSite=Strict`);
    return { user: shown(one), csrf };
  };
  const [, api, area, ...rest] = url.pathname.split('/').map(decodeURIComponent);
  if (api !== 'api') throw new Refusal(404, 'Not found');

  if (area === 'auth') {
    switch (`${method} ${rest.join('/')}`) {
      case 'GET methods':
        return { setup: state.users.length === 0, password: true };
      case 'GET me':
        return user ? { kind: 'user', user: shown(user), roles: ['admin'], csrf: session.csrf } : { kind: 'public', user: null, roles: [], csrf: 'anonymous' };
      case 'POST setup': {
        if (state.users.length) throw new Refusal(403, 'Setup is over', 'This server has an administrator already.');
        if (String(body.code).toUpperCase() !== state.code) throw new Refusal(403, 'Wrong setup code', 'This is not the code that the server printed.');
        const errors = [];
        if (!/^\S+@\S+$/.test(body.email ?? '')) errors.push({ pointer: '/email', code: 'format', detail: 'This is not an e-mail address.' });
        if (!body.name) errors.push({ pointer: '/name', code: 'required', detail: 'A name is needed.' });
        if (String(body.password ?? '').length < 12) errors.push({ pointer: '/password', code: 'length', detail: 'At least 12 characters.' });
        if (errors.length) throw new Refusal(422, 'The input is not valid', '', errors);
        const one = { _id: id(), email: body.email, name: body.name, password: body.password };
        state.users.push(one);
        response.statusCode = 201;
        return enter(one);
      }
      case 'POST login': {
        const one = state.users.find((known) => [known.email, known.name].includes(body.user) && known.password === body.password);
        if (!one) throw new Refusal(401, 'Sign-in failed', 'The name or the password is wrong.');
        return enter(one);
      }
      case 'POST logout':
        state.sessions.delete(token);
        return undefined;
    }
  }

  if (token && !session) throw new Refusal(401, 'The session has ended', 'Sign in again.');
  if (!user) throw new Refusal(401, 'Sign in first', 'The public may read nothing here.');
  if (method !== 'GET' && request.headers['x-csrf-token'] !== session.csrf) throw new Refusal(403, 'Forbidden', 'The CSRF token is missing or wrong.');
  if (area !== 'content') throw new Refusal(404, 'Not found');

  const all = { create: true, update: true, delete: true, publish: true };
  if (rest[0] === 'models') return state.models.map((model) => ({ system: false, can: all, ...model }));
  const model = state.models.find((one) => one.name === rest[1]);
  if (!model) throw new Refusal(404, 'Not found', `There is no collection "${rest[1]}".`);
  const items = state.items.get(model.name);
  if (rest[0] === 'items' && method === 'GET') return list(model, items, url.searchParams);
  if (rest[0] === 'item') return one(model, items, method, rest[2], body, user, request, response);
  throw new Refusal(404, 'Not found');
}

function list(model, items, query) {
  const known = new Set([...meta, ...model.fields.map((field) => field.name)]);
  let found = items;
  try {
    const filter = JSON.parse(query.get('filter') ?? '{}');
    found = found.filter((item) => matches(item, filter, known));
  } catch (error) {
    throw new Refusal(400, 'The filter is not valid', error.detail ?? error.message, error.pointer ? [error] : []);
  }
  found = sorted(found, JSON.parse(query.get('sort') ?? '{}'));
  const [limit, skip] = [Number(query.get('limit') ?? 1000), Number(query.get('skip') ?? 0)];
  return { data: found.slice(skip, skip + limit), meta: { total: found.length } };
}

const etagOf = (item) => `"${createHash('sha256').update(JSON.stringify(item)).digest('hex').slice(0, 16)}"`;

// RFC 7396, one level up: fields of the item are merged, objects inside them too.
function merged(before, patch) {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const out = typeof before === 'object' && before !== null && !Array.isArray(before) ? { ...before } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete out[key];
    else out[key] = merged(out[key], value);
  }
  return out;
}

const formats = {
  email: [/^\S+@\S+\.\S+$/, 'This is not an e-mail address.'],
  url: [/^https?:\/\/\S+$/, 'This is not a web address.'],
  slug: [/^[a-z0-9]+(-[a-z0-9]+)*$/, 'Only small letters, digits and single hyphens.'],
  color: [/^#[0-9a-f]{6}$/i, 'This is not a colour like #0f6b62.'],
};

function check(fields, value, where, errors) {
  for (const field of fields) {
    const at = `${where}/${field.name}`;
    const given = value[field.name];
    if (given === undefined || given === null || given === '') {
      if (field.required) errors.push({ pointer: at, code: 'required', detail: 'This field is required.' });
      continue;
    }
    const format = formats[field.kind];
    if (format && !format[0].test(given)) errors.push({ pointer: at, code: 'format', detail: format[1] });
    if (field.maxlength && [...given].length > field.maxlength) errors.push({ pointer: at, code: 'length', detail: `At most ${field.maxlength} characters.` });
    if (field.max !== undefined && given > field.max) errors.push({ pointer: at, code: 'range', detail: `At most ${field.max}.` });
    if (field.min !== undefined && given < field.min) errors.push({ pointer: at, code: 'range', detail: `At least ${field.min}.` });
    if (field.kind === 'set' && field.many) given.forEach((entry, i) => check(field.fields, entry, `${at}/${i}`, errors));
    else if (field.kind === 'set') check(field.fields, given, at, errors);
  }
}

function store(model, before, fields, user, where) {
  const allowed = new Set(['_state', ...model.fields.map((field) => field.name)]);
  const errors = Object.keys(fields)
    .filter((name) => !allowed.has(name))
    .map((name) => ({ pointer: `${where}/${name}`, code: 'unknown-field', detail: `There is no field "${name}".` }));
  const after = { ...before };
  for (const [name, value] of Object.entries(fields)) after[name] = value === null ? null : merged(before[name], value);
  check(model.fields, after, where, errors);
  if (errors.length) throw new Refusal(422, 'The entry is not valid', `${errors.length} field(s) need attention.`, errors);
  return { ...after, _modified: now(), _mby: user._id, _rev: (before._rev ?? 0) + 1 };
}

function one(model, items, method, wanted, body, user, request, response) {
  const single = model.shape === 'single';
  const at = single ? 0 : items.findIndex((item) => item._id === wanted);
  const tell = (item) => {
    response.setHeader('ETag', etagOf(item));
    return item;
  };
  const fresh = () => ({
    ...Object.fromEntries(model.fields.map((field) => [field.name, null])),
    _id: id(), _state: 1, _created: now(), _cby: user._id, _rev: 0,
  });
  if (method === 'POST' && !wanted) {
    if (single && items[0]) items[0] = store(model, items[0], body.data, user, '/data');
    else items.push(store(model, fresh(), body.data ?? {}, user, '/data'));
    return tell(single ? items[0] : items.at(-1));
  }
  const item = items[at];
  if (!item) throw new Refusal(404, 'Not found', 'There is no such entry.');
  if (method === 'GET') return tell(item);
  const expected = request.headers['if-match'];
  if (expected && expected !== etagOf(item)) throw new Refusal(412, 'The entry was changed meanwhile', 'Read it again and decide what to keep.');
  if (method === 'DELETE') {
    items.splice(at, 1);
    return { success: true };
  }
  if (method !== 'PATCH' && method !== 'PUT') throw new Refusal(405, 'Method not allowed');
  items[at] = store(model, method === 'PUT' ? { ...fresh(), ...Object.fromEntries(meta.map((name) => [name, item[name]])) } : item, body, user, '');
  return tell(items[at]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const argument = (name) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : undefined);
  const options = { withDemo: process.argv.includes('--demo'), port: Number(argument('--port') ?? 0) };
  if (argument('--dist')) options.dist = argument('--dist');
  const { url, code } = await start(options);
  console.log(`listening on ${url}`);
  console.log(`setup code: ${code}`);
}
