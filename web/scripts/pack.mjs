// pack.mjs DIST OUT: turns a built dashboard into OUT/assets.bin (bodies, back to back) and
// OUT/assets.inc (one row a file, sorted by path). ../assets.c reads both.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};

function files(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? files(path) : [path];
  });
}

// The policy allows nothing inline; a page that needs it must fail here and not in the browser.
function refuseInline(path, text) {
  const faults = [/<script(?![^>]*\ssrc=)[^>]*>/i, /<style[\s>]/i, /\son[a-z]+\s*=/i, /javascript:/i, /https?:\/\//i];
  for (const fault of faults)
    if (fault.test(text)) throw new Error(`${path}: ${fault} is against the content security policy`);
}

const cString = (text) => JSON.stringify(text);

export function pack(dist, out) {
  const chunks = [];
  let offset = 0;
  const keep = (bytes) => {
    const row = `BYTES(${offset}, ${bytes.length})`;
    chunks.push(bytes);
    offset += bytes.length;
    return row;
  };
  const rows = [];
  const named = files(dist).map((file) => ({ file, path: relative(dist, file).split(sep).join('/') }));
  named.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  for (const { file, path } of named) {
    if (path.startsWith('.')) continue;
    const type = types[extname(path)];
    if (!type) throw new Error(`${path}: no content type is known for this file`);
    const plain = readFileSync(file);
    if (extname(path) === '.html') refuseInline(path, plain.toString());
    const etag = `W/"${createHash('sha256').update(plain).digest('hex').slice(0, 24)}"`;
    const hashed = path.startsWith('_built/');
    const brotli = brotliCompressSync(plain, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length },
    });
    const gzip = gzipSync(plain, { level: 9 });
    const shrinks = gzip.length < plain.length * 0.95;
    const bodies = shrinks ? [keep(brotli), keep(gzip), 'NONE'] : ['NONE', 'NONE', keep(plain)];
    rows.push(`ASSET(${[cString(path), cString(type), cString(etag), hashed, plain.length, ...bodies].join(', ')})`);
  }
  if (!named.some(({ path }) => path === 'index.html')) throw new Error(`${dist}: no index.html`);
  mkdirSync(out, { recursive: true });
  const write = (name, content) => {
    writeFileSync(join(out, `${name}.new`), content);
    renameSync(join(out, `${name}.new`), join(out, name));
  };
  write('assets.bin', Buffer.concat(chunks));
  write('assets.inc', rows.join('\n') + '\n');
  return { files: rows.length, bytes: offset };
}

if (process.argv[1] && import.meta.url.endsWith('/pack.mjs') && process.argv[1].endsWith('pack.mjs')) {
  const [dist, out] = process.argv.slice(2);
  if (!dist || !out) {
    console.error('usage: pack.mjs DIST OUT');
    process.exit(2);
  }
  const { files: count, bytes } = pack(dist, out);
  console.log(`packed ${count} files, ${(bytes / 1024).toFixed(0)} KiB`);
}
