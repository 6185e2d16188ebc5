// While the dashboard is written: the files of a dist/ in front of a server that was built with another dashboard, or none.
// The policy is the one that web/assets.c holds.
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { extname, join } from 'node:path';

const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.txt': 'text/plain', '.json': 'application/json' };

export async function openFront(dist, behind) {
  const held = readFileSync(new URL('../assets.c', import.meta.url), 'utf8');
  const policy = [...held.slice(held.indexOf('"default-src'), held.indexOf('");')).matchAll(/"([^"]*)"/g)].map(([, part]) => part).join('');
  const target = new URL(behind);
  const server = createServer((incoming, outgoing) => {
    const path = new URL(incoming.url, behind).pathname;
    if (path === '/admin' || path.startsWith('/admin/')) {
      const wanted = join(dist, path.slice('/admin'.length));
      if (path.startsWith('/admin/_built/') && !existsSync(wanted)) return outgoing.writeHead(404).end();
      const file = existsSync(wanted) && statSync(wanted).isFile() ? wanted : join(dist, 'index.html');
      outgoing.writeHead(200, { 'Content-Type': types[extname(file)] ?? 'application/octet-stream', 'X-Content-Type-Options': 'nosniff', ...(policy ? { 'Content-Security-Policy': policy } : {}) });
      return createReadStream(file).pipe(outgoing);
    }
    const onward = request({ host: target.hostname, port: target.port, method: incoming.method, path: incoming.url, headers: incoming.headers }, (answer) => {
      outgoing.writeHead(answer.statusCode, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => (server.closeAllConnections(), server.close()) };
}
