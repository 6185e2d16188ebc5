// The server under test: VITRINE_BIN, in a fresh data folder.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openFront } from './front.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const models = join(here, 'models.json');

/**
 * {url, behind, code, stop, data, run(...words)}: where it answers, where programs ask, the code of the first run, and its commands.
 * With the tests' models, else with the demo, else `bare`. VITRINE_DIST: the dashboard at `url` is that dist/, not the one in the binary, which answers at `behind`.
 */
export async function startServer({ demo = false, bare = false } = {}) {
  const binary = process.env.VITRINE_BIN;
  if (!binary) throw new Error('VITRINE_BIN names no program: build/release/vitrine, say');
  return startReal(binary, demo, bare);
}

/** What is measured is what stands in web/src. */
export function buildWhenStale() {
  const web = join(here, '..');
  const built = join(web, 'dist/index.html');
  const newest = (path) =>
    statSync(path).isDirectory() ? Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name)))) : statSync(path).mtimeMs;
  const sources = ['src', 'public', 'index.html', 'vite.config.ts', 'package-lock.json'].map((name) => join(web, name));
  if (existsSync(built) && statSync(built).mtimeMs > Math.max(...sources.map(newest))) return;
  const done = spawnSync(process.execPath, [join(web, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn'], { cwd: web, encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`vite build failed: ${done.stdout}${done.stderr}`);
}

async function startReal(binary, demo, bare) {
  const data = mkdtempSync(join(tmpdir(), 'vitrine-e2e-'));
  if (!demo && !bare) run(binary, 'model', 'apply', '--data', data, '--yes', models);
  const served = await serve(binary, data, ...(demo ? ['--demo'] : []));
  const server = { ...served, behind: served.url, data, run: (command, verb, ...words) => run(binary, command, verb, '--data', data, ...words) };
  if (!process.env.VITRINE_DIST) return server;
  const front = await openFront(process.env.VITRINE_DIST, server.url);
  return { ...server, url: front.url, stop: () => (front.close(), server.stop()) };
}

/** The demo's content, and key(role): a key of that role, another one when `anew`. */
export async function startDemo() {
  const binary = process.env.VITRINE_BIN;
  const data = mkdtempSync(join(tmpdir(), 'vitrine-demo-'));
  const keys = new Map();
  const key = (role, anew = false) => {
    if (anew || !keys.has(role)) keys.set(role, run(binary, 'key', 'create', '--data', data, '--role', role).trim());
    return keys.get(role);
  };
  return { ...(await serve(binary, data, '--demo')), key };
}

function run(binary, ...words) {
  const done = spawnSync(binary, words, { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`${words[0]} ${words[1]} failed (${done.status}): ${done.stdout}${done.stderr}`);
  return done.stdout;
}

async function serve(binary, data, ...flags) {
  const child = spawn(binary, ['serve', '--listen', '127.0.0.1:0', '--data', data, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const found = await new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new Error(`the server was not ready in 20 s:\n${said}`)), 20_000);
    const read = (chunk) => {
      said += chunk;
      const url = /listening on (http:\/\/\S+)/.exec(said)?.[1];
      const code = /setup code: ([0-9A-Za-z-]+)/.exec(said)?.[1];
      if (!url || !code) return;
      clearTimeout(timer);
      done({ url, code });
    };
    child.stdout.setEncoding('utf8').on('data', read);
    child.stderr.setEncoding('utf8').on('data', read);
    child.once('exit', (status) => fail(new Error(`the server ended with ${status}:\n${said}`)));
  });
  const stop = async () => {
    const ended = new Promise((done) => child.once('exit', done));
    child.kill('SIGTERM');
    await ended;
    rmSync(data, { recursive: true, force: true });
  };
  return { ...found, stop };
}
