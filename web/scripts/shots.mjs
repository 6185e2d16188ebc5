// Pictures of every screen for docs/screens/, with the demo's content, in both themes: node scripts/shots.mjs OUT [NAMES,WITH,COMMAS].
// VITRINE_BIN says which program; VITRINE_DIST, which dashboard, when it is not the one in it.
import { mkdirSync } from 'node:fs';
import { makeAdministrator } from '../e2e/administrator.mjs';
import { openBrowser, openPage } from '../e2e/browser.mjs';
import { startServer } from '../e2e/server.mjs';

const [out, only] = process.argv.slice(2);
if (!out || !process.env.VITRINE_BIN) {
  console.error('usage: VITRINE_BIN=path node scripts/shots.mjs OUT [NAMES,WITH,COMMAS]');
  process.exit(2);
}
mkdirSync(out, { recursive: true });
const server = await startServer({ demo: true });
const browser = await openBrowser();

/** Until nothing is on its way any more: no skeleton, and what stands there is the same for a while. */
const rest = async (page) => {
  for (let last = '', same = 0; same < 5; await page.waitForTimeout(150)) {
    const now = await page.evaluate(() => (document.querySelector('.skeleton') ? '' : document.body.innerHTML));
    same = now && now === last ? same + 1 : 0;
    last = now;
  }
};

const shoot = async (name, path, options, prepare) => {
  if (only && !only.split(',').includes(name)) return;
  for (const theme of ['light', 'dark']) {
    const page = await openPage(browser, server.url, { theme, ...options });
    page.expectsRefusal = true;
    await page.goto(`/admin${path}`);
    await page.locator('h1').first().waitFor();
    await rest(page);
    if (prepare) await prepare(page).then(() => rest(page));
    await page.evaluate(() => document.fonts.ready);
    await page.screenshot({ path: `${out}/${name}-${theme}.jpg`, type: 'jpeg', quality: 62 });
    await page.context().close();
  }
};

await shoot('first-run', '/', {});
const { storage, api } = await makeAdministrator(server);
const [post] = await api('GET', '/api/content/items/posts?limit=1&sort=-views');
await api('PATCH', `/api/content/item/posts/${post._id}?perspective=draft`, { title: `${post.title}, again` });
await api('POST', '/api/content/item/webhooks', { data: { name: 'Site build', url: 'https://build.example.org/hook', paused: true, events: [{ collections: ['posts'], verbs: ['publish'] }] } });
await api('POST', '/api/content/item/certificate_authorities', { data: { subject: { CN: 'Example root' }, self_signed: true, path_len: 1 } });
const [editor] = await api('GET', '/api/content/items/roles?filter={"name":"editor"}');
const inside = { storage };
const screens = [
  ['home', '/'],
  ['list', '/content/posts'],
  ['cards', '/content/posts?as=cards'],
  ['board', '/content/posts?as=board'],
  ['calendar', '/content/posts?as=calendar'],
  ['tree', '/content/categories?as=tree'],
  ['entry', `/content/posts/${post._id}`],
  ['history', `/content/posts/${post._id}/history`],
  ['trash', '/content/posts/trash'],
  ['assets', '/assets'],
  ['releases', '/releases'],
  ['models', '/models'],
  ['model', '/models/posts'],
  ['registry', '/registry'],
  ['certificates', '/certificates'],
  ['authorities', '/certificates/authorities'],
  ['users', '/users'],
  ['roles', '/roles'],
  ['role', `/roles/${editor._id}`],
  ['test-access', '/roles/test'],
  ['public-api', '/roles/public-api'],
  ['keys', '/keys'],
  ['new-key', '/keys/new'],
  ['profile', '/profile'],
  ['playground-rest', '/playground'],
  ['playground-graphql', '/playground/graphql'],
  ['playground-compatible', '/playground/dialects'],
  ['webhooks', '/webhooks'],
  ['audit', '/audit'],
  ['metrics', '/metrics?span=5m'],
  ['settings', '/settings'],
  ['environment', '/settings/environment'],
  ['backups', '/settings/backups'],
];
for (const [name, path] of screens) await shoot(name, path, inside);
await shoot('sign-in', '/sign-in', {});
await shoot('narrow-list', '/content/posts', { ...inside, width: 360, height: 780 });
await shoot('narrow-entry', `/content/posts/${post._id}`, { ...inside, width: 360, height: 780 });
await browser.close();
await server.stop();
