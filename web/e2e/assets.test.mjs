import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { accessible, fits } from './browser.mjs';
import { openHouse } from './house.mjs';

const picture = readFileSync(new URL('../../docs/sunrise.png', import.meta.url));
const password = 'a narrow role has few rights';
const files = {};

const house = openHouse({
  signedIn: true,
  async make({ api, server }) {
    files.press = (await api('POST', '/api/content/item/asset_folders', { data: { name: 'Press' } }))._id;
    await api('POST', '/api/content/item/asset_folders', { data: { name: '2026', _pid: files.press } });
    const put = async (name, body, fields) => {
      const { assets } = await api('POST', `/api/assets?name=${name}`, body, { 'Content-Type': 'application/octet-stream' });
      await api('PATCH', `/api/assets/${assets[0]._id}`, fields);
      return assets[0]._id;
    };
    files.sea = await put('sea.png', new Uint8Array(picture), { tags: ['sea', 'press'], altText: 'Sun over the sea' });
    files.note = await put('note.txt', 'A note.', { folder: files.press, private: true });
    files.svg = await put('sign.svg', '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><circle cx="4" cy="4" r="3"/></svg>', {});
    await api('POST', '/api/content/item/collections', {
      data: { definition: { name: 'stories', label: 'Stories', fields: [{ name: 'title', kind: 'text' }, { name: 'cover', kind: 'asset' }] } },
    });
    files.story = (await api('POST', '/api/content/item/stories', { data: { title: 'At sea', cover: files.sea } }))._id;
    const role = (await api('POST', '/api/content/item/roles', { data: { name: 'lookers' } }))._id;
    for (const collection of ['assets', 'asset_folders']) await api('POST', '/api/content/item/grants', { data: { role, collection, verbs: ['read'] } });
    server.run('user', 'add', '--email', 'eve@example.org', '--role', 'lookers', '--password-file', passwordFile());
  },
});
const { toast, until } = house;
// Pictures are made while one waits, and a machine may be busy.
const inside = (t, options, work) => house.inside(t, options, (page) => (page.setDefaultTimeout(40_000), work(page)));

function passwordFile() {
  const path = `${house.server.data}/eve`;
  writeFileSync(path, `${password}\n`, { mode: 0o600 });
  return path;
}

const tile = (page, name) => page.getByRole('list', { name: 'Files' }).getByRole('link', { name });
const uploads = (page) => page.getByRole('region', { name: 'Uploads' });
const file = (name, body, mimeType = 'text/plain') => ({ name, mimeType, buffer: Buffer.from(body) });
const asset = (id, query = '') => house.api('GET', `/api/content/item/assets/${id}?state=any${query}`);

test('files are uploaded by the button, with a fault for each that is refused and a word on what is here already', async (t) => {
  await inside(t, {}, async (page) => {
    await page.goto('/admin/assets');
    await tile(page, 'Sea').waitFor();
    await page.getByLabel('Files to upload').setInputFiles([
      file('minutes.txt', 'What was said.'),
      file('holiday.png', '<html><script>alert(1)</script>', 'image/png'),
      { name: 'again.png', mimeType: 'image/png', buffer: picture },
    ]);
    await uploads(page).getByText('Uploaded', { exact: true }).waitFor();
    await uploads(page).getByText(/The bytes of holiday.png are text\/html/).waitFor();
    // The browser writes the refusal (415) to the console by itself.
    page.forget();
    await uploads(page).getByText('Already here as “Sea”').waitFor();
    await uploads(page).getByText('1 of 3 uploaded').waitFor();
    await tile(page, 'Minutes').waitFor();
    await accessible(page, 'uploads');
    await uploads(page).getByRole('button', { name: 'Use it' }).click();
    await page.getByRole('dialog', { name: 'Sea' }).waitFor();
    assert.equal(new URL(page.url()).searchParams.get('open'), files.sea);
    await page.goBack();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Clear the list' }).click();
    await uploads(page).getByRole('button', { name: 'Take holiday.png off the list' }).click();
    await uploads(page).waitFor({ state: 'detached' });
  });
});

test('files that are dropped anywhere land in the folder that is open, and a long one can be paused', async (t) => {
  await inside(t, {}, async (page) => {
    await page.goto(`/admin/assets?folder=${files.press}`);
    await tile(page, 'Note').waitFor();
    // Pieces wait until the test lets them go: what is paused is paused in the middle.
    let held = false;
    let go = () => {};
    const released = new Promise((done) => (go = done));
    await page.route('**/api/assets/uploads/*', async (route) => {
      if (route.request().method() === 'PATCH' && route.request().headers()['upload-offset'] !== '0' && !held) {
        held = true;
        await released;
      }
      await route.continue().catch(() => undefined);
    });
    const dropped = await page.evaluateHandle(() => {
      const all = new DataTransfer();
      all.items.add(new File(['x'.repeat(600_000)], 'long.txt', { type: 'text/plain' }));
      return all;
    });
    await page.dispatchEvent('main', 'dragover', { dataTransfer: dropped });
    await page.getByText('Let go to upload').waitFor();
    await page.dispatchEvent('main', 'drop', { dataTransfer: dropped });
    await until(() => held, 'the second piece is on its way');
    await uploads(page).getByRole('button', { name: 'Pause long.txt' }).click();
    await uploads(page).getByText('Paused at 262 kB of 600 kB').waitFor();
    go();
    await uploads(page).getByRole('button', { name: 'Go on with long.txt' }).click();
    await tile(page, 'Long').waitFor();
    const found = await house.api('GET', '/api/content/items/assets?filter={"name":"long.txt"}');
    assert.equal(found[0].size, 600_000);
    assert.equal(found[0].folder._id, files.press);
  });
});

test('a pasted screenshot gets a name', async (t) => {
  await inside(t, {}, async (page) => {
    await page.goto('/admin/assets');
    await tile(page, 'Sea').waitFor();
    await page.evaluate(() => {
      const clipboardData = new DataTransfer();
      clipboardData.items.add(new File(['not yet seen'], 'image.png', { type: 'text/plain' }));
      document.querySelector('main').dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
    });
    await uploads(page).getByText(/^screenshot-.*\.png$/).waitFor();
    // Its bytes are no picture's; the browser writes the refusal (415) to the console by itself.
    await uploads(page).getByText(/The bytes of screenshot-.* are/).waitFor();
    page.forget();
  });
});

test('what is said of a file is changed by keyboard, its focal point too', async (t) => {
  await inside(t, {}, async (page) => {
    await page.goto('/admin/assets');
    await tile(page, 'Sea').focus();
    await page.keyboard.press('Enter');
    const drawer = page.getByRole('dialog', { name: 'Sea' });
    await drawer.getByLabel('Alternative text').fill('A low sun over a calm sea');
    const point = drawer.getByRole('slider', { name: 'Focal point' });
    await point.focus();
    for (const key of ['ArrowRight', 'ArrowRight', 'Shift+ArrowDown', 'ArrowUp']) await page.keyboard.press(key);
    assert.equal(await point.getAttribute('aria-valuetext'), '52 % from the left, 59 % from the top');
    await drawer.getByLabel('Tags', { exact: true }).focus();
    await page.keyboard.type('sun');
    await page.keyboard.press('Enter');
    await drawer.getByLabel('Folder').selectOption({ label: 'Press / 2026' });
    await accessible(page, 'details');
    await drawer.getByRole('button', { name: 'Save' }).click();
    await toast(page, 'Saved');
    const now = await asset(files.sea);
    assert.deepEqual(now.fp, { x: 0.52, y: 0.59 });
    assert.deepEqual(now.tags, ['sea', 'press', 'sun']);
    assert.equal(now.altText, 'A low sun over a calm sea');

    // A click says the same; leaving with it asks.
    await drawer.getByRole('slider').click({ position: { x: 1, y: 1 } });
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Leave without saving?' }).getByRole('button', { name: 'Leave' }).click();
    await page.getByRole('dialog').first().waitFor({ state: 'detached' });
    assert.deepEqual((await asset(files.sea)).fp, { x: 0.52, y: 0.59 });
  });
});

test('texts are given for each language of the site', async (t) => {
  const made = [];
  for (const data of [{ code: 'en', name: 'English', standard: true }, { code: 'de', name: 'Deutsch' }]) made.push((await house.api('POST', '/api/content/item/locales', { data }))._id);
  await inside(t, {}, async (page) => {
    await page.goto(`/admin/assets/${files.sea}`);
    const drawer = page.getByRole('dialog', { name: 'Sea' });
    await drawer.getByLabel('Alternative text (Deutsch)').fill('Sonne über dem Meer');
    await drawer.getByRole('button', { name: 'Save' }).click();
    await toast(page, 'Saved');
    assert.deepEqual((await asset(files.sea, '&locale=all')).altText, { en: 'A low sun over a calm sea', de: 'Sonne über dem Meer' });
    await drawer.getByLabel('Alternative text (Deutsch)').fill('');
    await drawer.getByRole('button', { name: 'Save' }).click();
    await until(async () => !(await asset(files.sea, '&locale=all')).altText.de, 'the translation is gone');
  });
  for (const id of made.reverse()) await house.api('DELETE', `/api/content/item/locales/${id}`);
});

test('a file is replaced under its id, pictures of it are sized, and a link lets somebody else have it', async (t) => {
  await inside(t, {}, async (page) => {
    await page.goto(`/admin/assets?open=${files.note}`);
    const drawer = page.getByRole('dialog', { name: 'Note' });
    await drawer.getByLabel('File that replaces it').setInputFiles(file('note.txt', 'Another note.'));
    await toast(page, 'Note has new bytes');
    assert.equal((await asset(files.note)).size, 13);
    await drawer.getByLabel('Good for').selectOption('60');
    await drawer.getByRole('button', { name: 'Make a link' }).click();
    const shown = page.getByRole('dialog', { name: 'Link to Note' });
    const link = await shown.locator('[data-secret]').textContent();
    const answer = await fetch(link);
    assert.equal(answer.status, 200);
    assert.equal(await answer.text(), 'Another note.');
    await shown.getByRole('button', { name: 'I have stored it' }).click();

    await page.goto(`/admin/assets?open=${files.sea}`);
    const sea = page.getByRole('dialog', { name: 'Sea' });
    await sea.getByLabel('Width').fill('48');
    await sea.getByLabel('Format').selectOption('png');
    await sea.getByText(`/api/assets/image/${files.sea}?w=48&m=bestFit&mime=png&q=80&o=1`).waitFor();
    await sea.getByText(/48 × 32 · image\/png/).waitFor();
    await sea.getByLabel('Preset').selectOption('thumbnail');
    await sea.getByText(/150 × 150 · image\/webp/).waitFor();
  });
});

test('a list is searched and narrowed, and what is unused is found', async (t) => {
  await inside(t, {}, async (page) => {
    await page.goto('/admin/assets?view=list');
    await house.row(page, 'Sea').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('calm sea');
    await until(async () => (await page.getByRole('row').count()) === 2, 'one file is left');
    assert.match(page.url(), /q=calm\+sea/);
    await page.getByRole('searchbox').fill('');
    await page.getByLabel('Type of file').selectOption('image');
    await until(async () => (await page.getByRole('row').count()) === 3, 'two pictures are left');
    await page.getByLabel('Unused only').check();
    await until(async () => (await page.getByRole('row').count()) === 2, 'one of them is unused');
    await house.row(page, 'Sign').waitFor();
    await page.getByLabel('Tag', { exact: true }).selectOption('sea');
    await page.getByText('Nothing matches').waitFor();
    await page.getByRole('button', { name: 'Remove search and filters' }).click();
    await page.getByRole('button', { name: 'Title' }).click();
    await until(() => /sort=title/.test(page.url()), 'the order is in the address');
  });
});

test('folders are made, renamed and deleted; several files are tagged, moved and deleted', async (t) => {
  await house.api('POST', '/api/assets?name=one.txt', 'One.', { 'Content-Type': 'application/octet-stream' });
  await house.api('POST', '/api/assets?name=two.txt', 'Two.', { 'Content-Type': 'application/octet-stream' });
  await inside(t, {}, async (page) => {
    await page.goto('/admin/assets');
    await page.getByRole('button', { name: 'New folder', exact: true }).click();
    await page.getByLabel('Name', { exact: true }).fill('Drafts');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Drafts' }).waitFor();
    await page.getByText('Nothing in here yet').waitFor();
    await page.getByRole('link', { name: 'All files' }).click();
    for (const name of ['One', 'Two']) await page.getByLabel(`Pick ${name}`).check();
    const bar = page.getByRole('region', { name: 'Picked files' });
    await bar.getByRole('button', { name: 'Tags…' }).click();
    await page.getByLabel('Add tags').fill('draft');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Save' }).click();
    await toast(page, '2 files changed');
    await bar.getByRole('button', { name: 'Move…' }).click();
    await page.getByLabel('To the folder').selectOption({ label: 'Drafts' });
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('navigation', { name: 'Folders' }).getByRole('link', { name: 'Drafts' }).click();
    await tile(page, 'One').waitFor();
    assert.equal((await house.api('GET', '/api/content/items/assets?filter={"tags":"draft"}')).length, 2);

    for (const name of ['One', 'Two']) await page.getByLabel(`Pick ${name}`).check();
    await bar.getByRole('button', { name: 'Delete' }).click();
    const question = page.getByRole('dialog', { name: 'Delete 2 files?' });
    await question.getByText('None of them is used').waitFor();
    await question.getByRole('button', { name: 'Delete', exact: true }).click();
    await toast(page, '2 files deleted');
    await page.getByRole('button', { name: 'Delete folder' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete folder' }).click();
    await toast(page, 'Drafts was deleted');
  });
});

test('who deletes a file is told where it is used', async (t) => {
  await inside(t, {}, async (page) => {
    await page.goto(`/admin/assets?open=${files.sea}`);
    const drawer = page.getByRole('dialog', { name: 'Sea' });
    await drawer.getByRole('link', { name: 'At sea' }).waitFor();
    await drawer.getByRole('button', { name: 'Delete' }).click();
    const question = page.getByRole('dialog', { name: 'Delete this file?' });
    await question.getByText('It is used in 1 place:').waitFor();
    await question.getByText('At sea · Stories').waitFor();
    await question.getByRole('button', { name: 'Cancel' }).click();
    await drawer.getByRole('link', { name: 'At sea' }).click();
    await page.waitForURL(`**/admin/content/stories/${files.story}`);
  });
});

test('who may only read finds nothing that changes anything', async (t) => {
  const storage = await house.signedInAs('eve@example.org', password);
  await inside(t, { storage }, async (page) => {
    await page.goto('/admin/assets');
    await tile(page, 'Sea').waitFor();
    for (const name of ['Upload files', 'New folder']) assert.equal(await page.getByRole('button', { name }).count(), 0, name);
    assert.equal(await page.getByRole('checkbox', { name: /^Pick/ }).count(), 0);
    await tile(page, 'Sea').click();
    const drawer = page.getByRole('dialog', { name: 'Sea' });
    await drawer.getByText('Nowhere, as far as your role sees.').waitFor();
    assert.equal(await drawer.getByLabel('Title').isDisabled(), true);
    for (const name of ['Save', 'Delete', 'Replace the file']) assert.equal(await drawer.getByRole('button', { name }).count(), 0, name);
  });
});

test('the library holds in both themes and at 320 px', async (t) => {
  for (const theme of ['light', 'dark'])
    for (const width of [1280, 320])
      await inside(t, { theme, width }, async (page) => {
        const shoot = (name) => process.env.SHOTS && page.screenshot({ path: `${process.env.SHOTS}/assets-${name}-${theme}-${width}.png`, fullPage: name !== 'details' });
        await page.goto('/admin/assets');
        await tile(page, 'Sea').waitFor();
        await accessible(page, `grid ${theme} ${width}`);
        await fits(page, `grid ${theme} ${width}`);
        await shoot('grid');
        await page.goto('/admin/assets?view=list');
        await page.getByRole('link', { name: 'Sea' }).waitFor();
        await accessible(page, `list ${theme} ${width}`);
        await fits(page, `list ${theme} ${width}`);
        await shoot('list');
        await page.goto(`/admin/assets?open=${files.sea}`);
        await page.getByText(/image\/(avif|webp|png) · /).waitFor();
        await accessible(page, `details ${theme} ${width}`);
        await shoot('details');
      });
});
