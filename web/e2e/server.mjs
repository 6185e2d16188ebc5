// The server under test: the real one (VITRINE_BIN=path) in a fresh data folder, or the mock.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const models = join(here, 'models.json');

/** {url, code, stop}: where it answers and the code of the first run. */
export async function startServer() {
  const binary = process.env.VITRINE_BIN;
  if (binary) return startReal(binary);
  if (!existsSync(join(here, '../dist/index.html'))) throw new Error('There is no web/dist: run "npm run build" first.');
  const { start } = await import('../mock/server.mjs');
  return start();
}

async function startReal(binary) {
  const data = mkdtempSync(join(tmpdir(), 'vitrine-e2e-'));
  const applied = spawnSync(binary, ['model', 'apply', '--data', data, '--yes', models], { encoding: 'utf8' });
  if (applied.status !== 0) throw new Error(`model apply failed (${applied.status}): ${applied.stdout}${applied.stderr}`);
  const child = spawn(binary, ['serve', '--listen', '127.0.0.1:0', '--data', data], { stdio: ['ignore', 'pipe', 'pipe'] });
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
