// budget.mjs [DIST]: what the browser loads, gzipped, against the limits we gave ourselves.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const dist = process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), '../dist');
const manifest = JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8'));
const size = (file) => gzipSync(readFileSync(join(dist, file)), { level: 9 }).length;

/** The files that the given entries need before they show anything. */
function closure(...keys) {
  const [seen, files] = [new Set(), new Set()];
  const visit = (key) => {
    if (seen.has(key) || !manifest[key]) return;
    seen.add(key);
    files.add(manifest[key].file);
    for (const css of manifest[key].css ?? []) files.add(css);
    for (const next of manifest[key].imports ?? []) visit(next);
  };
  keys.forEach(visit);
  return [...files];
}
const sum = (files) => files.reduce((total, file) => total + size(file), 0);
const page = ['index.html', 'boot.js', 'icon.svg'];
const everything = readdirSync(join(dist, '_built')).map((file) => `_built/${file}`);

const kB = 1000;
const rows = [
  ['sign in, first run', sum([...page, ...closure('index.html')]), 50 * kB],
  ['first load, signed in', sum([...page, ...closure('index.html', 'src/screens/shell/Shell.svelte')]), 90 * kB],
  // A list and an entry are lazy; what they bring along is held here so that it does not grow unseen.
  ['a list', sum([...page, ...closure('index.html', 'src/screens/shell/Shell.svelte', 'src/screens/content/List.svelte')]), 140 * kB],
  ['an entry', sum([...page, ...closure('index.html', 'src/screens/shell/Shell.svelte', 'src/screens/content/Editor.svelte')]), 175 * kB],
  ['the largest file', Math.max(...everything.map(size)), 180 * kB],
  // We wanted 700: all screens, four languages, an editor of texts, one of code and a GraphQL playground are more. Nobody loads all of it.
  ['everything', sum([...page, ...everything]), 1300 * kB],
];
let failed = 0;
for (const [name, bytes, limit] of rows) {
  const over = bytes > limit;
  failed += Number(over);
  console.log(`${over ? 'OVER' : 'ok  '}  ${name.padEnd(24)} ${(bytes / kB).toFixed(1).padStart(6)} of ${limit / kB} kB`);
}
console.log(`${rows.length - failed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
