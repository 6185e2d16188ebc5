// Webhooks, the journal, figures, settings: by who runs the place, and by who may not.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { accessible, fits } from './browser.mjs';
import { openHouse } from './house.mjs';

const receiver = { calls: [], status: 200, url: '' };
let listening;
async function listen() {
  listening = createServer((request, response) => {
    receiver.calls.push(request.headers['webhook-id']);
    request.resume().on('end', () => response.writeHead(receiver.status).end('taken'));
  });
  await new Promise((done) => listening.listen(0, '127.0.0.1', done));
  receiver.url = `http://127.0.0.1:${listening.address().port}/hook`;
  // The server goes to where it is told that it may.
  Object.assign(process.env, { VITRINE_OUTBOUND_HTTP: 'true', VITRINE_OUTBOUND_ALLOW: '127.0.0.0/8', VITRINE_OUTBOUND_PORTS: String(listening.address().port) });
}
after(() => {
  listening.close();
  for (const name of ['HTTP', 'ALLOW', 'PORTS']) delete process.env[`VITRINE_OUTBOUND_${name}`];
});

const house = openHouse({
  signedIn: true,
  prepare: listen,
  make: async ({ api }) => {
    await api('POST', '/api/content/item/posts', { data: { title: 'One', views: 1 } });
    const role = await api('POST', '/api/content/item/roles', { data: { name: 'writer' } });
    await api('POST', '/api/content/item/grants', { data: { role: { _model: 'roles', _id: role._id }, collection: 'posts', verbs: ['read'] } });
    await api('POST', '/api/content/item/users', { data: { name: 'wim', email: 'wim@example.org', password: 'a long enough one', roles: [{ _model: 'roles', _id: role._id }] } });
  },
});
const { inside, row, until } = house;

test('a webhook is made by keyboard, its secret is shown once, and a test arrives', async (t) => {
  await inside(t, {}, async (page) => {
    await page.goto('/admin/webhooks');
    await page.getByText('No webhooks yet').waitFor();
    await page.getByRole('link', { name: 'New webhook' }).first().focus();
    await page.keyboard.press('Enter');
    const form = page.getByRole('dialog', { name: 'New webhook' });
    await form.getByLabel('Name', { exact: false }).first().fill('Site build');
    await form.getByLabel('Address').fill(receiver.url);
    await form.getByLabel('Collections').fill('posts');
    await form.getByLabel('Only when').fill('{"views":');
    await form.getByRole('button', { name: 'Create webhook' }).click();
    await form.getByText('This is not a JSON object.').waitFor();
    await form.getByLabel('Only when').fill('');
    await accessible(page, 'webhook form');
    await page.keyboard.press('Enter');
    const secret = page.getByRole('dialog', { name: 'The signing secret of Site build' });
    assert.match(await secret.locator('[data-secret]').textContent(), /^whsec_/);
    await page.keyboard.press('Escape');
    await secret.getByRole('button', { name: 'I have stored it' }).click();
    await page.getByRole('heading', { name: 'Site build' }).waitFor();
    await page.getByRole('button', { name: 'Send test' }).click();
    await until(() => receiver.calls.length === 1, 'the test arrives');
    await until(async () => {
      await page.getByRole('button', { name: 'Look again' }).click();
      return row(page, 'webhooks.test').getByText('Delivered').isVisible();
    }, 'the delivery is told');
    assert.equal((await page.content()).includes('whsec_'), false);
  });
});

test('what failed is found, looked at and sent again', async (t) => {
  receiver.status = 400;
  await house.api('POST', '/api/content/item/posts', { data: { title: 'Two', views: 2 } });
  await until(() => receiver.calls.length === 2, 'the event is sent');
  await inside(t, {}, async (page) => {
    await page.goto('/admin/webhooks');
    await page.getByRole('link', { name: 'Site build' }).click();
    await until(async () => {
      await page.getByRole('button', { name: 'Look again' }).click();
      return row(page, 'posts.create').getByText('400').isVisible();
    }, 'the refusal is told');
    await row(page, 'posts.create').getByRole('button', { name: 'posts.create' }).click();
    await page.getByRole('dialog').getByText('taken').waitFor();
    await page.keyboard.press('Escape');
    receiver.status = 200;
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('Paused', { exact: true }).first().waitFor();
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByRole('button', { name: 'Pause' }).waitFor();
  });
});

test('the journal is asked, an entry is opened, and its seals hold', async (t) => {
  const [post] = await house.api('GET', '/api/content/items/posts?filter={"title":"One"}&state=any');
  await house.api('PATCH', `/api/content/item/posts/${post._id}`, { title: 'One, edited' });
  await inside(t, {}, async (page) => {
    await page.goto('/admin/audit');
    await page.getByLabel('Collection').fill('posts');
    await page.getByLabel('Verb').fill('update');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/audit?collection=posts&verb=update');
    await until(async () => (await page.getByRole('table').getByRole('row').count()) === 2, 'one entry is left');
    await row(page, 'changed').getByRole('button').focus();
    await page.keyboard.press('Enter');
    const entry = page.getByRole('dialog');
    await entry.getByText('edited').waitFor();
    await accessible(page, 'entry of the journal');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Follow' }).click();
    await page.getByText('Following; what happens appears here.').waitFor();
    await house.api('POST', '/api/content/item/posts', { data: { title: 'Live', views: 3 } });
    await page.getByRole('region', { name: 'What happens now' }).getByText('posts').first().waitFor();
    await page.getByRole('button', { name: 'Stop following' }).click();
    await page.goto('/admin/audit/verify');
    await page.getByRole('button', { name: 'Look through the journal' }).click();
    await page.getByText('It is what was written.').waitFor();
  });
});

test('figures, settings and backups say how it is', async (t) => {
  await inside(t, {}, async (page) => {
    await page.goto('/admin/metrics?span=5m');
    await page.getByRole('heading', { name: 'Requests', exact: true }).waitFor();
    await page.locator('.plot canvas').first().waitFor();
    await page.goto('/admin/settings/environment');
    await page.getByLabel('Search').fill('slow');
    await row(page, 'log.slow_ms').getByText('default').waitFor();
    await page.getByLabel('Only what somebody set').check();
    await page.getByText('No key is called so').waitFor();
    await page.goto('/admin/settings/backups');
    await page.getByText('No backups are made').waitFor();
  });
});

test('who may read posts alone sees none of it', async (t) => {
  const storage = await house.signedInAs('wim@example.org', 'a long enough one');
  await inside(t, { storage }, async (page) => {
    page.expectsRefusal = true;
    await page.goto('/admin/');
    const bar = page.getByRole('navigation', { name: 'Main' });
    await bar.getByRole('link', { name: 'Posts' }).waitFor();
    for (const name of ['Webhooks', 'Audit', 'Metrics', 'Settings', 'Keys']) if (name !== 'Keys') assert.equal(await bar.getByRole('link', { name, exact: true }).count(), 0, name);
    await page.goto('/admin/audit');
    await page.getByRole('heading', { name: 'There is nothing here' }).first().waitFor();
  });
});

for (const theme of ['light', 'dark'])
  for (const width of [1280, 320])
    test(`operating is accessible and fits: ${theme}, ${width} px`, async (t) => {
      await inside(t, { theme, width }, async (page) => {
        page.expectsRefusal = true; // settings that were never saved: 404
        const [hook] = await house.api('GET', '/api/content/items/webhooks');
        const screens = ['/webhooks', `/webhooks/${hook._id}`, '/audit', '/audit/refused', '/audit/verify', '/metrics', '/settings', '/settings/languages', '/settings/environment', '/settings/backups', '/settings/transfer', '/settings/about', '/all'];
        for (const path of screens) {
          await page.goto(`/admin${path}`);
          await page.locator('main h1').waitFor();
          await until(async () => (await page.getByRole('status', { name: 'Loading' }).count()) === 0 && (await page.locator('.skeleton').count()) === 0, `${path} has loaded`);
          await accessible(page, path);
          await fits(page, path);
          if (process.env.E2E_SHOTS) await page.screenshot({ path: `${process.env.E2E_SHOTS}/${path.replace(/\W+/g, '-').slice(1)}-${theme}-${width}.png`, fullPage: true });
        }
      });
    });
