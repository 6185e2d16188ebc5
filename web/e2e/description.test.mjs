// The API's description, held against the world: an outside linter, a type generator with a strict compiler, and
// thousands of requests made out of it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { startDemo } from './server.mjs';
import { chance, documented, Maker, operations } from './walk.mjs';

const skip = process.env.VITRINE_BIN ? false : 'VITRINE_BIN names no program';
const requests = Number(process.env.WALK_REQUESTS ?? 20_000);
const seed = Number(process.env.WALK_SEED ?? Date.now() % 2 ** 32);
const web = fileURLToPath(new URL('..', import.meta.url));
/** The linter would ask the network for news of itself. */
const quietly = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
let server, folder;

before(async () => {
  if (skip) return;
  server = await startDemo();
  folder = mkdtempSync(join(tmpdir(), 'vitrine-description-'));
});
after(async () => {
  await server?.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

async function describe(key) {
  // The tools run longer than the server keeps an idle connection.
  const answer = await fetch(`${server.url}/api/openapi.json`, { headers: { connection: 'close', ...(key ? { 'api-key': key } : {}) } });
  assert.equal(answer.status, 200);
  return answer.json();
}

function tool(name, ...words) {
  const done = spawnSync(process.execPath, [join(web, 'node_modules', name), ...words], { cwd: web, encoding: 'utf8', env: quietly });
  return { status: done.status, said: done.stdout + done.stderr };
}

for (const who of ['admin', 'editor', 'public'])
  test(`an outside linter and a strict compiler accept what ${who} is told`, { skip }, async () => {
    const file = join(folder, `${who}.json`);
    const types = join(folder, `${who}.d.ts`);
    writeFileSync(file, JSON.stringify(await describe(who === 'public' ? undefined : server.key(who))));
    const lint = tool('@redocly/cli/bin/cli.js', 'lint', '--config', 'e2e/redocly.yaml', '--max-problems', '20', file);
    assert.equal(lint.status, 0, lint.said);
    assert.doesNotMatch(lint.said, /\d+ warning/, lint.said);
    const made = tool('openapi-typescript/bin/cli.js', file, '-o', types);
    assert.equal(made.status, 0, made.said);
    const compiled = tool('typescript/bin/tsc', '--noEmit', '--strict', '--target', 'es2022', '--typeRoots', folder, types);
    assert.equal(compiled.status, 0, compiled.said);
  });

test('every example is what its schema wants', { skip }, async () => {
  const description = await describe(server.key('admin'));
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema(description, 'api');
  for (const [name, schema] of Object.entries(description.components.schemas))
    for (const example of schema.examples ?? []) assert.ok(ajv.validate({ $ref: `api#/components/schemas/${name}` }, example), `${name}: ${ajv.errorsText()}`);
});

/** One caller's walk; what is wrong with an answer, by operation. */
async function walk(who, count, random) {
  const description = await describe(who === 'public' ? undefined : server.key(who));
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: false });
  ajv.addSchema(description, 'api');
  const maker = new Maker(description, random);
  const list = operations(description).filter(({ path }) => !/logout|\/setup$/.test(path));
  const wrong = new Map();
  const validators = new Map();
  let key = who === 'public' ? undefined : server.key(who);
  const check = (at, pointer, value) => {
    if (!validators.has(pointer)) validators.set(pointer, ajv.compile({ $ref: `api#${pointer}` }));
    const valid = validators.get(pointer);
    return valid(value) ? undefined : ajv.errorsText(valid.errors).slice(0, 300);
  };
  for (let i = 0; i < count; i++) {
    const at = list[i < list.length ? i : random.below(list.length)];
    const request = maker.request(at);
    const headers = { ...request.headers, ...(key ? { 'api-key': key } : {}) };
    const answer = await fetch(server.url + request.target, { method: request.method, headers, redirect: 'manual', body: request.body });
    const text = await answer.text();
    const fault = (what) => wrong.set(`${request.method} ${at.path}: ${what}`.slice(0, 400), `${request.how} ${request.target.slice(0, 300)} ${request.body?.slice(0, 300) ?? ''}\n    → ${answer.status} ${text.slice(0, 300)}`);
    if (answer.status >= 500) fault(`answers ${answer.status}`);
    const named = documented(at.operation, answer.status);
    if (!named && answer.status < 500) fault(`${answer.status} is not documented`);
    if (answer.status === 401 && key && !/\/auth\/|login|\/v2\//.test(at.path)) key = server.key(who, true);
    if (!named) continue;
    const response = maker.open(at.operation.responses[named]);
    const media = (answer.headers.get('content-type') ?? '').split(';')[0];
    const content = response.content && Object.entries(response.content).find(([name]) => name === media || name === '*/*' || (name === 'text/*' && media.startsWith('text/')));
    if (response.content && !content) fault(`${answer.status} as ${media} is not documented`);
    if (!content || !content[1].schema || !/[/+]json$/.test(media)) continue; // lines of JSON are no JSON
    const value = JSON.parse(text);
    const base = at.operation.responses[named].$ref?.slice(1) ?? `/paths/${at.path.replace(/~/g, '~0').replace(/\//g, '~1')}/${at.method}/responses/${named}`;
    const pointer = `${base}/content/${content[0].replace(/\//g, '~1')}/schema`;
    const said = check(at, encodeURI(pointer), value);
    if (said) fault(`${answer.status} does not match: ${said}`);
    const items = Array.isArray(value) ? value : Array.isArray(value?.data) ? value.data : [value];
    for (const item of items.slice(0, 20)) if (typeof item?._id === 'string' && at.operation.tags) maker.learn(at.operation.tags[0], item._id);
  }
  return wrong;
}

test('thousands of requests made of it meet nothing that it does not say', { skip, timeout: 1_200_000 }, async (t) => {
  t.diagnostic(`WALK_SEED=${seed}, ${requests} requests`);
  const random = chance(seed);
  // The administrator last: it ends keys and changes roles.
  for (const [who, share] of [['public', 0.15], ['editor', 0.35], ['admin', 0.5]]) {
    const wrong = await walk(who, Math.round(requests * share), random);
    const told = [...wrong].map(([what, example]) => `${what}\n    ${example}`);
    assert.equal(told.length, 0, `${who}: ${told.length} kinds of surprise\n${told.slice(0, 40).join('\n')}`);
  }
});
