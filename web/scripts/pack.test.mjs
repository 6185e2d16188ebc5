// @vitest-environment node
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pack } from './pack.mjs';

let dist, out;
beforeEach(() => {
  dist = mkdtempSync(join(tmpdir(), 'dist-'));
  out = mkdtempSync(join(tmpdir(), 'out-'));
});
afterEach(() => [dist, out].forEach((folder) => rmSync(folder, { recursive: true })));

const put = (files) => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dist, path)), { recursive: true });
    writeFileSync(join(dist, path), text);
  }
};
const page = '<!doctype html><title>x</title><script type="module" src="/admin/_built/a.js"></script>'.padEnd(300);
const rows = () => readFileSync(join(out, 'assets.inc'), 'utf8').trim().split('\n');
const cut = (row, n) => {
  const [, from, length] = [...row.matchAll(/BYTES\((\d+), (\d+)\)/g)][n].map(Number);
  return readFileSync(join(out, 'assets.bin')).subarray(from, from + length);
};

describe('packing', () => {
  it('sorts by bytes, marks hashed names and keeps both codings', () => {
    put({ 'index.html': page, '_built/a.js': 'let a;\n'.repeat(99), '_built/B.js': 'let b;\n'.repeat(99), '.vite/manifest.json': '{}' });
    expect(pack(dist, out).files).toBe(3);
    expect(rows().map((row) => /ASSET\("([^"]+)"/.exec(row)[1])).toEqual(['_built/B.js', '_built/a.js', 'index.html']);
    const [, script, html] = rows();
    expect(script).toMatch(/, true, 693, BYTES\(\d+, \d+\), BYTES\(\d+, \d+\), NONE\)$/);
    expect(html).toMatch(/"W\/\\"[0-9a-f]{24}\\"", false, /);
    expect(brotliDecompressSync(cut(script, 0)).toString()).toBe('let a;\n'.repeat(99));
    expect(gunzipSync(cut(script, 1)).toString()).toBe('let a;\n'.repeat(99));
  });

  it('keeps what does not shrink as it is', () => {
    put({ 'index.html': page, 'a.png': 'tiny' });
    pack(dist, out);
    expect(rows()[0]).toMatch(/NONE, NONE, BYTES\(0, 4\)\)$/);
  });

  it.each([
    ['an inline script', '<script>alert(1)</script>'],
    ['an inline style', '<style>a{}</style>'],
    ['a handler', '<body onload="x()">'],
    ['another host', '<link href="https://example.org/a.css">'],
  ])('refuses %s', (_name, html) => {
    put({ 'index.html': html });
    expect(() => pack(dist, out)).toThrow(/content security policy/);
  });

  it('refuses a type it does not know and a build without a page', () => {
    put({ 'a.exe': 'x' });
    expect(() => pack(dist, out)).toThrow(/content type/);
    rmSync(join(dist, 'a.exe'));
    put({ 'a.txt': 'x' });
    expect(() => pack(dist, out)).toThrow(/no index.html/);
  });
});
