import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { accessible, fits } from './browser.mjs';
import { openHouse } from './house.mjs';

const narrow = { email: 'nora@example.org', name: 'Nora', password: 'a quiet afternoon' };
let account;
const house = openHouse({
  signedIn: true,
  make: async (it) => {
    const role = await it.api('POST', '/api/content/item/roles', { data: { name: 'reader', label: 'Reader' } });
    await it.api('POST', '/api/content/item/grants', { data: { role: role._id, collection: 'posts', verbs: ['read'] } });
    await it.api('POST', '/api/content/item/users', { data: { ...narrow, roles: [role._id] } });
    account = await it.api('POST', '/api/content/item/service_accounts', { data: { name: 'site build', roles: [role._id] } });
    for (let i = 1; i <= 3; i += 1) await it.api('POST', '/api/content/item/posts', { data: { title: `Post ${i}`, slug: `post-${i}`, _state: 1 } });
  },
});
const { inside, row, toast, until } = house;
const secrets = {};
/** Not the synchronous one: what stands before the server under test may be this very process. */
const run = async (...words) => (await promisify(execFile)(...words)).stdout;

const status = async (secret, path = '/api/content/items/posts') => (await fetch(house.url + path, { headers: { 'api-key': secret } })).status;
const secretOf = async (page) => (await page.locator('[data-secret]').textContent()).trim();
const keyNamed = async (label) => (await house.api('GET', `/api/content/items/api_keys?limit=50&state=any&cursor=&filter=${encodeURIComponent(JSON.stringify({ label }))}`)).data[0];

test('a key is made by keyboard, shown once, tried, and opens what was picked and nothing else', async (t) => {
  await inside(t, {}, async (page) => {
    await page.goto('/admin/keys');
    await page.getByRole('heading', { name: 'No keys yet' }).waitFor();
    await page.getByRole('button', { name: 'New key' }).focus();
    await page.keyboard.press('Enter');
    const form = page.getByRole('dialog', { name: 'New key' });
    await form.getByRole('button', { name: 'Create key' }).press('Enter');
    await form.getByText('A name tells later what the key is for.').waitFor();
    await form.getByText('Pick what the key may do.').waitFor();
    assert.equal(await house.focused(page), 'key-label');
    await page.keyboard.type('site build');
    await form.getByLabel('Acts as').selectOption({ label: 'site build' });
    await form.getByLabel('Posts: Read').press('Space');
    const summary = form.getByRole('region', { name: 'What this key can do' });
    await summary.getByText('Acts for the service account site build. Reads Posts. Cannot change anything. 3 entries now').waitFor();
    await summary.getByText('Expires in 90 days. From anywhere.').waitFor();
    await accessible(page, 'the form of a key');
    await page.keyboard.press('Enter');
    const shown = page.getByRole('dialog', { name: 'The key “site build”' });
    await shown.waitFor();
    secrets.site = await secretOf(page);
    assert.match(secrets.site, /^vtr_s_/);
    await shown.getByRole('button', { name: 'Test it' }).click();
    await shown.getByText(/answered 200 in \d+ ms/).waitFor();
    await accessible(page, 'a new secret');
    // What is offered for pasting works when it is pasted.
    const line = async (name) => (await shown.getByRole('tab', { name, exact: true }).click(), shown.getByRole('tabpanel').locator('pre').textContent());
    for (const name of ['curl', 'Bearer']) assert.match(await run('sh', ['-c', `${await line(name)} -s`]), /Post 1/, name);
    assert.match(await run(process.execPath, ['--input-type=module', '-e', await line('fetch')]), /^200[^]*Post 1/);
    assert.match(await line('Python'), /urllib\.request/);
    assert.match(await line('docker'), new RegExp(`docker login ${new URL(house.url).host} -u key --password-stdin`));
    const [file] = await Promise.all([page.waitForEvent('download'), shown.getByRole('button', { name: 'Download .env' }).click()]);
    assert.equal(file.suggestedFilename(), 'vitrine_key.env');
    // A slip of the mouse beside it does not close it.
    await page.mouse.click(4, 4);
    await shown.getByRole('button', { name: 'I have stored it' }).click();
    await row(page, 'site build').getByText('in 90 days').waitFor();
    await row(page, 'site build').getByText('Reads Posts').waitFor();
    assert.equal(new URL(page.url()).pathname, '/admin/keys');
    assert.equal(await status(secrets.site), 200);
    assert.equal(await status(secrets.site, '/api/content/items/authors'), 404);
  });
});

test('a key without an end asks for a reason, and bad addresses are told beside them', async (t) => {
  await inside(t, {}, async (page) => {
    page.expectsRefusal = true;
    await page.goto('/admin/keys/new');
    const form = page.getByRole('dialog', { name: 'New key' });
    await form.getByLabel(/^Name/).fill('old import');
    await form.getByLabel('Everything that its owner may do, now and later').check();
    await form.getByLabel('Valid for').selectOption('never');
    await form.getByRole('button', { name: 'Create key' }).click();
    await form.getByText('A key without an end needs a reason.').waitFor();
    await form.getByLabel(/Why it never ends/).fill('Runs on a machine without a clock');
    await form.getByLabel('Only from these addresses').fill('nonsense');
    await form.getByLabel('Format').selectOption('cockpit');
    await form.getByRole('button', { name: 'Create key' }).click();
    await form.locator('#key-places-fault').waitFor();
    assert.equal(await house.focused(page), 'key-places');
    await form.getByLabel('Only from these addresses').fill('127.0.0.0/8, 2001:db8::/32');
    await form.getByRole('button', { name: 'Create key' }).click();
    const shown = page.getByRole('dialog', { name: 'The key “old import”' });
    assert.match(await secretOf(page), /^USR-/);
    await shown.getByRole('button', { name: 'I have stored it' }).click();
    await page.getByRole('navigation', { name: 'Which keys' }).getByRole('link', { name: 'Never expires' }).click();
    await row(page, 'old import').getByText('Everything that its owner may do').waitFor();
    assert.equal(await page.getByRole('row').count(), 2);
    assert.match(page.url(), /show=never/);
    await row(page, 'old import').getByRole('link', { name: 'old import' }).click();
    await page.getByRole('dialog', { name: 'old import' }).getByText('127.0.0.0/8 and 2001:db8::/32').waitFor();
    await page.goBack();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });
});

test('a key is rotated with an overlap: both secrets work, then the older one does not', async (t) => {
  await inside(t, {}, async (page) => {
    page.expectsRefusal = true;
    const key = await keyNamed('site build');
    await page.goto(`/admin/keys/${key._id}`);
    const drawer = page.getByRole('dialog', { name: 'site build' });
    const rotate = async (how) => {
      await drawer.getByRole('button', { name: 'Rotate…' }).click();
      const question = page.getByRole('dialog', { name: 'Rotate “site build”' });
      await question.getByLabel('How long the present secret stays good').selectOption(how);
      await accessible(page, 'the question about rotating');
      await question.getByRole('button', { name: 'Rotate', exact: true }).click();
      await page.locator('[data-secret]').waitFor();
      const secret = await secretOf(page);
      await page.getByRole('button', { name: 'I have stored it' }).click();
      return secret;
    };
    const second = await rotate('60');
    assert.notEqual(second, secrets.site);
    assert.deepEqual([await status(secrets.site), await status(second)], [200, 200]);
    await drawer.getByText('Secrets that are good').waitFor();
    secrets.third = await rotate('0');
    assert.deepEqual([await status(second), await status(secrets.third)], [401, 200]);
    await accessible(page, 'a key');
  });
});

test('a key is revoked and taken back, changed, and deleted after a question', async (t) => {
  await inside(t, {}, async (page) => {
    page.expectsRefusal = true;
    const key = await keyNamed('site build');
    await page.goto(`/admin/keys/${key._id}`);
    const drawer = page.getByRole('dialog', { name: 'site build' });
    await drawer.getByRole('button', { name: 'Revoke' }).click();
    await drawer.getByText('Switched off').waitFor();
    assert.equal(await status(secrets.third), 401);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Undo' }).click();
    await toast(page, '“site build” works again');
    assert.equal(await status(secrets.third), 200);

    await row(page, 'site build').getByRole('link', { name: 'site build' }).click();
    await drawer.getByRole('button', { name: 'Change' }).click();
    const form = page.getByRole('dialog', { name: 'Change the key' });
    assert.equal(await form.getByLabel('Posts: Read').isChecked(), true);
    await form.getByLabel('Authors: Read').check();
    await form.getByRole('button', { name: 'Save' }).click();
    await drawer.getByText('Reads Posts and Authors').waitFor();
    assert.equal((await keyNamed('site build')).expires_at, key.expires_at);

    await drawer.getByRole('button', { name: 'Revoke' }).click();
    await drawer.getByRole('button', { name: 'Delete…' }).click();
    await page.getByRole('dialog', { name: 'Delete the key “site build”?' }).getByRole('button', { name: 'Delete' }).click();
    await toast(page, 'The key was deleted');
    await row(page, 'site build').waitFor({ state: 'detached' });
    assert.equal(await keyNamed('site build'), undefined);
  });
});

test('picked keys are revoked together', async (t) => {
  for (const label of ['alpha', 'beta']) secrets[label] = (await house.api('POST', '/api/content/item/api_keys', { data: { label, service_account: account._id } })).secret;
  await inside(t, {}, async (page) => {
    await page.goto('/admin/keys?sort=label');
    await page.getByLabel('Pick alpha').check();
    await page.getByLabel('Pick beta').check();
    const bar = page.getByRole('region', { name: 'Picked keys' });
    await bar.getByText('2 keys picked').waitFor();
    await bar.getByRole('button', { name: 'Revoke…' }).click();
    await page.getByRole('dialog', { name: 'Revoke 2 keys?' }).getByRole('button', { name: 'Revoke' }).click();
    await toast(page, '2 keys were revoked');
    assert.deepEqual([await status(secrets.alpha), await status(secrets.beta)], [401, 401]);
    await page.goto('/admin/keys?show=off');
    await row(page, 'alpha').getByText('Switched off').waitFor();
    assert.equal(await page.getByRole('row').count(), 3);
  });
});

test('a service account is made, gets a key, is switched off, and goes', async (t) => {
  await inside(t, {}, async (page) => {
    page.expectsRefusal = true;
    await page.goto('/admin/keys/accounts');
    await row(page, 'site build').getByText('Reader').waitFor();
    await page.getByRole('button', { name: 'New service account' }).click();
    const drawer = page.getByRole('dialog', { name: 'New service account' });
    await drawer.getByRole('button', { name: 'Create' }).click();
    await drawer.getByText('A service account needs a name.').waitFor();
    await page.keyboard.type('exporter');
    await drawer.getByLabel('Reader').check();
    await accessible(page, 'the form of a service account');
    await drawer.getByRole('button', { name: 'Create' }).click();
    await row(page, 'exporter').getByRole('link').click();
    await page.getByRole('button', { name: 'New key for it' }).click();
    const form = page.getByRole('dialog', { name: 'New key' });
    await form.getByLabel(/^Name/).fill('nightly');
    await form.getByLabel('Everything that its owner may do, now and later').check();
    await form.getByText('Acts for the service account exporter.').waitFor();
    await form.getByRole('button', { name: 'Create key' }).click();
    await page.locator('[data-secret]').waitFor();
    const secret = await secretOf(page);
    await page.getByRole('button', { name: 'I have stored it' }).click();
    assert.equal(await status(secret), 200);
    await page.goto('/admin/keys/accounts');
    await page.getByLabel('exporter is active').press('Space');
    await row(page, 'exporter').getByText('Switched off').waitFor();
    assert.equal(await status(secret), 401);
    await row(page, 'exporter').getByRole('link').click();
    await page.getByRole('button', { name: 'Delete…' }).click();
    await page.getByRole('dialog', { name: 'Delete the service account “exporter”?' }).getByRole('button', { name: 'Delete' }).click();
    await row(page, 'exporter').waitFor({ state: 'detached' });
  });
});

test('tokens are listed and revoked', async (t) => {
  const { access_token } = await house.api('POST', '/api/auth/token', { expires_in: 600, label: 'preview', scopes: [{ collection: 'posts', verbs: ['read'] }] });
  const used = async () => (await fetch(`${house.url}/api/content/items/posts`, { headers: { Authorization: `Bearer ${access_token}` } })).status;
  assert.equal(await used(), 200);
  await inside(t, {}, async (page) => {
    await page.goto('/admin/keys/tokens');
    await row(page, 'preview').getByText('Reads Posts').waitFor();
    await page.getByRole('button', { name: 'Revoke preview' }).click();
    await page.getByRole('dialog', { name: 'Revoke this token?' }).getByRole('button', { name: 'Revoke' }).click();
    await toast(page, 'The token was revoked');
    await until(async () => (await used()) === 401, 'the token is refused');
  });
});

test('who holds a narrow role makes keys of his own, and sees nothing of others', async (t) => {
  const storage = await house.signedInAs(narrow.email, narrow.password);
  await inside(t, { storage }, async (page) => {
    await page.goto('/admin/keys/new');
    const form = page.getByRole('dialog', { name: 'New key' });
    await form.getByLabel('Posts: Read').waitFor();
    assert.equal(await form.getByLabel('Posts: Update').count(), 0);
    assert.equal(await form.getByLabel('Authors: Read').count(), 0);
    assert.deepEqual(await form.getByLabel('Acts as').locator('option').allTextContents(), ['Nora (you)']);
    await form.getByLabel(/^Name/).fill('mine');
    await form.getByLabel('Posts: Read').check();
    await form.getByRole('button', { name: 'Create key' }).click();
    await page.getByRole('button', { name: 'I have stored it' }).click();
    await row(page, 'mine').waitFor();
    assert.equal(await page.getByRole('row').count(), 2);
    for (const name of ['Service accounts', 'Tokens', 'Signing keys']) assert.equal(await page.getByRole('link', { name }).count(), 0);
  });
});

for (const theme of ['light', 'dark'])
  for (const width of [1280, 320])
    test(`the screens of keys are accessible and fit: ${theme}, ${width} px`, async (t) => {
      await inside(t, { theme, width }, async (page) => {
        const key = await keyNamed('old import');
        for (const [path, text] of [['/keys', 'old import'], ['/keys/new', 'What it may do'], [`/keys/${key._id}`, 'Rotate…'], ['/keys/accounts', 'site build'], [`/keys/accounts/${account._id}`, 'New key for it'], ['/keys/tokens', 'No tokens now'], ['/keys/signing', 'Tokens of the registry']]) {
          await page.goto(`/admin${path}`);
          await page.getByText(text, { exact: true }).first().waitFor();
          await accessible(page, `${path} ${theme} ${width}`);
          await fits(page, path);
          if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${path.slice(1).replaceAll('/', '-').replace(/[0-9a-f]{24}/, 'one')}-${theme}-${width}.png` });
        }
      });
    });
