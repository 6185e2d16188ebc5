import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildWhenStale } from './server.mjs';

test('what the browser loads stays within its limits', () => {
  buildWhenStale();
  const done = spawnSync(process.execPath, [fileURLToPath(new URL('../scripts/budget.mjs', import.meta.url))], { encoding: 'utf8' });
  assert.equal(done.status, 0, done.stdout + done.stderr);
});
