// The controls of an entry's fields, each with what only a browser shows: keys, pasting, dragging, the content policy, and how long a
// letter takes.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { accessible, fits } from './browser.mjs';
import { openHouse } from './house.mjs';

const text = (name, more) => ({ name, kind: 'text', ...more });
const definitions = [
  { name: 'hero', label: 'Hero', info: 'The top of a page', group: 'Layout', shape: 'component', fields: [text('heading', { required: true }), { name: 'level', kind: 'number', default: 1 }] },
  { name: 'quotation', label: 'Quotation', group: 'Layout', shape: 'component', fields: [text('words', { multiline: true }), text('by'), { name: 'source', kind: 'ref', to: 'targets' }] },
  { name: 'targets', label: 'Targets', display: 'title', fields: [text('title', { required: true }), text('note')] },
  { name: 'people', label: 'People', display: 'name', fields: [text('name', { required: true })] },
  {
    name: 'kinds',
    label: 'Kinds',
    display: 'title',
    fields: [
      text('title', { required: true, maxlength: 40, info: 'What it is called.' }),
      { name: 'slug', kind: 'slug', from: 'title', unique: true },
      { name: 'body', kind: 'richtext' },
      text('guide', { editor: 'markdown', multiline: true }),
      { name: 'snippet', kind: 'code' },
      { name: 'data', kind: 'object' },
      { name: 'rating', kind: 'number', min: 0, max: 5, default: 3 },
      { name: 'double', kind: 'number', computed: { $multiply: ['$rating', 2] } },
      { name: 'on', kind: 'boolean' },
      { name: 'level', kind: 'select', options: ['low', 'high'] },
      { name: 'audience', kind: 'multiselect', options: ['readers', 'editors', 'partners'], max_items: 2 },
      { name: 'words', kind: 'tags' },
      { name: 'day', kind: 'date' },
      { name: 'at', kind: 'time' },
      { name: 'starts', kind: 'datetime' },
      { name: 'accent', kind: 'color' },
      { name: 'mail', kind: 'email' },
      { name: 'link', kind: 'url' },
      text('address', { editor: 'ip' }),
      text('network', { editor: 'cidr' }),
      { name: 'place', kind: 'geo' },
      { name: 'pin', kind: 'password' },
      text('certificate', { editor: 'pem', multiline: true }),
      { name: 'facts', kind: 'set', many: true, editor: 'table', fields: [text('key', { required: true }), { name: 'value', kind: 'number' }] },
      { name: 'days', kind: 'date', many: true },
      { name: 'top', kind: 'component', of: 'hero' },
      { name: 'sections', kind: 'blocks', of: ['hero', 'quotation'], max_items: 40 },
      { name: 'one', kind: 'ref', to: 'targets' },
      { name: 'some', kind: 'ref', to: 'targets', many: true },
      { name: 'any', kind: 'ref', to: ['targets', 'people'] },
      { name: 'cover', kind: 'asset' },
      { name: 'gallery', kind: 'asset', many: true },
    ],
  },
  { name: 'wide', label: 'Wide', display: 'f0', fields: [...Array.from({ length: 200 }, (_, i) => text(`f${i}`)), { name: 'body', kind: 'richtext' }, text('long', { multiline: true })] },
];
const narrow = { email: 'rita@example.org', name: 'Rita Reader', password: 'a long enough word' };
const made = {};

const house = openHouse({
  signedIn: true,
  make: async ({ api, url }) => {
    await api('POST', '/api/content/models/apply', { definitions });
    const item = async (model, data) => (await api('POST', `/api/content/item/${model}`, { data: { _state: 1, ...data } }))._id;
    made.targets = [await item('targets', { title: 'First target' }), await item('targets', { title: 'Second target' }), await item('targets', { title: 'Third target', _state: 0 })];
    made.person = await item('people', { name: 'Grace Hopper' });
    const picture = readFileSync(new URL('../../docs/sunrise.png', import.meta.url));
    made.picture = (await api('POST', '/api/assets', picture, { 'Content-Type': 'image/png', 'X-Filename': 'sunrise.png' })).assets[0];
    made.other = await item('kinds', { title: 'Another one', slug: 'taken' });
    made.new = (data = {}) => item('kinds', { title: 'Some kinds', ...data });
    made.read = (id) => api('GET', `/api/content/item/kinds/${id}?state=any&perspective=draft`);
    const role = await item('roles', { name: 'lookers', _state: undefined });
    for (const collection of ['kinds', 'targets']) await api('POST', '/api/content/item/grants', { data: { role, collection, verbs: ['read'] } });
    await api('POST', '/api/content/item/users', { data: { ...narrow, roles: [role] } });
    assert.ok(url);
  },
});
const { inside, until, focused } = house;

async function openEntry(page, id, model = 'kinds') {
  page.setDefaultTimeout(Number(process.env.E2E_PATIENCE ?? 10_000));
  await page.goto(`/admin/content/${model}/${id}`);
  await page.locator(`#f-${model === 'wide' ? 'f0' : 'title'}`).waitFor();
}
/** Saved by keyboard, and looked for behind the interface. */
async function saved(page, id, look, what) {
  await page.keyboard.press('Control+s');
  await until(async () => look(await made.read(id)), what);
}
/** What the clipboard of another program brings. */
const paste = (page, selector, data, files = []) =>
  page.locator(selector).evaluate(
    (element, [kinds, given]) => {
      const transfer = new DataTransfer();
      for (const [kind, value] of Object.entries(kinds)) transfer.setData(kind, value);
      for (const { name, type, base64 } of given) transfer.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], name, { type }));
      element.dispatchEvent(new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true }));
    },
    [data, files],
  );
const sunrise = (name) => ({ name, type: 'image/png', base64: readFileSync(new URL('../../docs/sunrise.png', import.meta.url)).toString('base64') });
const code = (page, id) => page.locator(`#${id} .cm-content`);

test('every plain kind is written, saved and read back', async (t) => {
  const id = await made.new();
  await inside(t, {}, async (page) => {
    await openEntry(page, id);
    await page.getByRole('switch', { name: /On/ }).press('Space');
    await page.locator('#f-rating').fill('4,5');
    await page.locator('#f-level').selectOption('high');
    await page.getByLabel('readers').check();
    await page.getByLabel('partners').check();
    assert.equal(await page.getByLabel('editors').isDisabled(), true, 'two at most');
    await page.locator('#f-words').fill('one, two');
    await page.locator('#f-words').press('Enter');
    await page.locator('#f-day').fill('2026-11-21');
    await page.locator('#f-at').fill('09:30');
    await page.locator('#f-starts').fill('2026-11-21T18:00');
    await page.getByText('Europe/Berlin').waitFor();
    await page.locator('#f-accent').fill('#888888');
    await page.getByText(/Contrast with white/).waitFor();
    await page.locator('#f-mail').fill('ada@example.org');
    await page.locator('#f-link').fill('https://example.org/');
    assert.equal(await page.getByRole('link', { name: 'Open the address in a new tab' }).getAttribute('href'), 'https://example.org/');
    await page.locator('#f-address').fill('300.1.1.1');
    await page.getByText('This is no IP address.').first().waitFor();
    await page.locator('#f-address').fill('2001:db8::1');
    await page.locator('#f-network').fill('10.0.0.0/8');
    await paste(page, '#f-place', { 'text/plain': '52.52, 13.405' });
    assert.equal(await page.getByLabel('Place: longitude').inputValue(), '13.405');
    await page.locator('#f-pin').fill('eight or more');
    await page.getByRole('button', { name: 'Show what was typed into Pin' }).click();
    assert.equal(await page.locator('#f-pin').getAttribute('type'), 'text');
    await page.getByRole('button', { name: 'Add to Facts' }).click();
    await until(async () => (await focused(page)) === 'f-facts-0-key', 'the new row has the focus');
    await page.keyboard.type('height');
    await page.locator('#f-facts-0-value').fill('12');
    await page.getByRole('button', { name: 'Add to Facts' }).click();
    await page.locator('#f-facts-1-key').fill('width');
    await page.getByRole('button', { name: 'Move Facts, row 2 up' }).click();
    await page.getByRole('button', { name: 'Add to Days' }).click();
    await page.locator('#f-days-0').fill('2026-12-24');
    await page.getByRole('button', { name: 'Fill in Top' }).click();
    await page.locator('#f-top-heading').fill('Welcome');
    await saved(page, id, (item) => item.top?.heading === 'Welcome', 'all of it is saved');
    const item = await made.read(id);
    const { on, rating, double, level, audience, words, day, at, starts, accent, mail, link, address, network, place, facts, days, top } = item;
    assert.deepEqual(
      { on, rating, double, level, audience, words, day, at, starts, accent, mail, link, address, network, place, facts, days, top },
      {
        on: true, rating: 4.5, double: 9, level: 'high', audience: ['readers', 'partners'], words: ['one', 'two'], day: '2026-11-21', at: '09:30', starts: '2026-11-21T17:00:00Z',
        accent: '#888888', mail: 'ada@example.org', link: 'https://example.org/', address: '2001:db8::1', network: '10.0.0.0/8', place: { type: 'Point', coordinates: [13.405, 52.52] },
        facts: [{ key: 'width', value: null }, { key: 'height', value: 12 }], days: ['2026-12-24'], top: { heading: 'Welcome', level: 1 },
      },
    );
    assert.equal(item.pin, undefined);
  });
});

test('a change is marked and goes back, a default comes again, and what is no value is told beside its field', async (t) => {
  const id = await made.new({ rating: 4 });
  await inside(t, {}, async (page) => {
    page.expectsRefusal = true;
    await openEntry(page, id);
    assert.match(await page.locator('#f-title').evaluate((input) => document.getElementById(input.getAttribute('aria-describedby')).textContent), /What it is called/);
    await page.locator('#f-title').fill('A title that is longer than the forty letters it may have');
    await page.getByText('57 of 40').waitFor();
    await page.getByRole('button', { name: 'Changed: undo in Title' }).click();
    assert.equal(await page.inputValue('#f-title'), 'Some kinds');
    await page.getByRole('button', { name: 'Default value for Rating' }).click();
    assert.equal(await page.inputValue('#f-rating'), '3');
    await page.locator('#f-rating').fill('1.234.5');
    await page.locator('#f-rating-fault').waitFor();
    assert.equal(await page.locator('#f-rating').getAttribute('aria-invalid'), 'true');
    await page.locator('#f-rating').hover();
    await page.locator('#f-rating').fill('2');
    await page.locator('#f-rating').focus();
    await page.mouse.wheel(0, 200);
    assert.equal(await page.inputValue('#f-rating'), '2', 'the wheel changes nothing');
    assert.equal(await page.locator('#f-double').textContent(), '8');
  });
});

test('a slug is made of the title, and whether it is free is asked while it is typed', async (t) => {
  const id = await made.new();
  await inside(t, {}, async (page) => {
    await openEntry(page, id);
    await page.locator('#f-slug').fill('taken');
    await page.getByText('Already used by “Another one”.').waitFor();
    assert.match(await page.locator('#f-slug-free').getByRole('link').getAttribute('href'), new RegExp(`kinds/${made.other}$`));
    await page.getByRole('button', { name: 'Make from “Title”' }).click();
    assert.equal(await page.inputValue('#f-slug'), 'some-kinds');
    await page.locator('#f-slug').fill('nobody-has-this');
    await page.getByText('This is free.').waitFor();
  });
});

test('JSON and code are edited under the content policy, and Escape, then Tab leaves them', async (t) => {
  const id = await made.new();
  await inside(t, {}, async (page) => {
    await openEntry(page, id);
    await code(page, 'f-data').waitFor(); // the editor comes when it is asked for, and a label leads to what is there
    await page.getByText('Data', { exact: true }).click();
    await until(() => page.evaluate(() => document.activeElement?.id === 'f-data'), 'the label leads into the field');
    // Brackets close themselves.
    await page.keyboard.type('{"a" 1');
    await page.locator('#f-data-fault').waitFor();
    assert.equal(await code(page, 'f-data').getAttribute('aria-invalid'), 'true');
    assert.match(await code(page, 'f-data').getAttribute('aria-description'), /not JSON yet.*Escape, then Tab/);
    await code(page, 'f-data').fill('{"a": [1, 2]}');
    await page.locator('#f-data-fault').waitFor({ state: 'detached' });
    await code(page, 'f-snippet').fill('int x;');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Tab');
    assert.notEqual(await page.evaluate(() => document.activeElement?.id), 'f-snippet');
    await code(page, 'f-guide').fill('# Heading\n\n**bold** <img src="https://elsewhere.example/x.png" alt="far"> <script>alert(1)</script>');
    await page.getByRole('button', { name: 'Side by side' }).click();
    const preview = page.getByRole('region', { name: 'Preview of Guide' });
    await preview.getByRole('heading', { name: 'Heading' }).waitFor();
    assert.equal(await preview.locator('img, script').count(), 0, 'nothing is fetched from elsewhere, and nothing runs');
    await preview.getByText('far https://elsewhere.example/x.png').waitFor();
    await saved(page, id, (item) => item.snippet === 'int x;' && item.data?.a?.length === 2 && item.guide?.startsWith('# Heading'), 'the three are saved');
  });
});

test('rich text is written, shaped and left by keyboard', async (t) => {
  const id = await made.new();
  await inside(t, {}, async (page) => {
    await openEntry(page, id);
    const body = page.locator('#f-body');
    await body.focus();
    await page.keyboard.type('/hea');
    await page.getByRole('listbox', { name: 'Begin with' }).waitFor();
    assert.equal(await body.getAttribute('aria-activedescendant'), 'f-body-slash-heading2');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.keyboard.type('A heading');
    await page.keyboard.press('Enter');
    await page.keyboard.type('plain ');
    // The toolbar is one stop: Alt+F10 leads to it, arrows along it, Escape back.
    await page.keyboard.press('Alt+F10');
    await page.keyboard.press('Home');
    for (let i = 0; i < 4; i += 1) await page.keyboard.press('ArrowRight');
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('aria-label')), 'Bold');
    await page.keyboard.press('Enter');
    await until(() => page.evaluate(() => document.activeElement?.id === 'f-body'), 'the tool gives the focus back');
    await page.keyboard.type('bold');
    await page.keyboard.press('Alt+F10');
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('aria-pressed')), 'true');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+b');
    await page.keyboard.press('Enter');
    await page.keyboard.type('- one');
    // In a list Tab indents; after Escape it leaves.
    await page.keyboard.press('Escape');
    await page.keyboard.press('Tab');
    assert.notEqual(await page.evaluate(() => document.activeElement?.id), 'f-body');
    await body.focus();
    await page.keyboard.press('Control+End');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    await page.keyboard.type('see here');
    for (let i = 0; i < 4; i += 1) await page.keyboard.press('Shift+ArrowLeft');
    await page.getByRole('toolbar', { name: 'Tools of Body' }).getByRole('button', { name: 'Link', exact: true }).click();
    await page.getByRole('dialog').getByLabel('Address').fill('example.org/x');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await saved(page, id, (item) => item.body?.includes('example.org'), 'the text is saved');
    assert.equal((await made.read(id)).body, '<h3>A heading</h3><p>plain <strong>bold</strong></p><ul><li><p>one</p></li></ul><p>see <a href="https://example.org/x">here</a></p>');
  });
});

test('what is pasted is cleaned, Markdown is understood, and pictures become assets', async (t) => {
  const id = await made.new();
  await inside(t, {}, async (page) => {
    await openEntry(page, id);
    const body = page.locator('#f-body');
    await body.focus();
    await paste(page, '#f-body', { 'text/html': '<meta charset="utf-8"><b style="font-weight:normal" id="docs-internal-guid-7"><p dir="ltr" style="line-height:1.4"><span style="font-weight:700;color:#123">From</span><span> Docs</span></p></b>', 'text/plain': 'From Docs' });
    await page.keyboard.press('Enter');
    await paste(page, '#f-body', { 'text/plain': '## Of Markdown\n\n- a\n- b' });
    await body.getByRole('heading', { name: 'Of Markdown' }).waitFor();
    await paste(page, '#f-body', {}, [sunrise('pasted-one.png')]);
    await body.locator('img[src]').click();
    await page.getByRole('button', { name: 'Text for those who cannot see it' }).click();
    await page.getByRole('dialog').getByLabel('What the picture shows').fill('A sun');
    await page.keyboard.press('Enter');
    await saved(page, id, (item) => item.body?.includes('alt="A sun"'), 'the text is saved');
    const { body: html } = await made.read(id);
    assert.match(html, /^<p><strong>From<\/strong> Docs<\/p><h2>Of Markdown<\/h2><ul><li><p>a<\/p><\/li><li><p>b/);
    assert.match(html, /<img src="\/assets\/[^"]+\.png" alt="A sun">/);
    assert.equal((await house.api('GET', '/api/content/items/assets?count=only&filter={"name":"pasted-one.png"}')).meta.total, 1);
  });
});

test('a text that the editor does not know is shown as HTML and loses nothing', async (t) => {
  const known = '<p class="lead">Hello</p><div><p>you</p></div>';
  const id = await made.new({ body: known });
  await inside(t, {}, async (page) => {
    await openEntry(page, id);
    await page.getByText(/It is shown as HTML, so that nothing is lost/).waitFor();
    await code(page, 'f-body').fill(`${known}<p>more</p>`);
    await saved(page, id, (item) => item.body === `${known}<p>more</p>`, 'the source is saved as it is');
    await page.getByRole('button', { name: /Edit it as text/ }).click();
    const body = page.locator('#f-body[contenteditable]');
    await body.waitFor();
    assert.equal((await made.read(id)).body, `${known}<p>more</p>`, 'looking changes nothing');
    await page.keyboard.press('Control+End');
    await page.keyboard.type('!');
    await saved(page, id, (item) => item.body === '<p>Hello</p><p>you</p><p>more!</p>', 'the change was meant');
  });
});

test('references are found, chosen from a list, made anew, ordered and removed', async (t) => {
  const id = await made.new();
  await inside(t, {}, async (page) => {
    await openEntry(page, id);
    await page.locator('#f-one').fill('second');
    await page.getByRole('option', { name: /Second target/ }).waitFor();
    await page.keyboard.press('Enter');
    await until(async () => (await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))) === 'Remove Second target from One', 'the focus stays at the field');
    await page.getByRole('button', { name: 'Choose from a list: Some' }).click();
    const drawer = page.getByRole('dialog', { name: 'Choose from Targets' });
    await drawer.getByRole('checkbox', { name: 'Choose First target' }).check();
    await accessible(page, 'the list of targets');
    await drawer.getByLabel('State').selectOption('0');
    await drawer.getByRole('checkbox', { name: 'Choose Third target' }).check();
    await drawer.getByRole('button', { name: 'Choose 2' }).click();
    const some = page.getByRole('group').or(page.locator('.field')).filter({ has: page.locator('#f-some') }).last();
    await some.getByText('Draft').waitFor();
    await some.getByRole('button', { name: 'New entry in Targets' }).click();
    const making = page.getByRole('dialog', { name: 'New entry in Targets' });
    await making.getByRole('button', { name: 'Make and choose' }).waitFor();
    page.expectsRefusal = true;
    await making.getByLabel(/Title/).fill('Made here');
    await making.getByRole('button', { name: 'Make and choose' }).click();
    await making.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Move Made here up' }).click();
    await page.getByRole('button', { name: 'Remove First target from Some' }).click();
    await page.getByLabel('Any: collection').selectOption('people');
    await page.locator('#f-any').fill('grace');
    await page.getByRole('option', { name: 'Grace Hopper' }).click();
    await saved(page, id, (item) => item.any?._model === 'people', 'the references are saved');
    const item = await made.read(id);
    assert.equal(item.one._id, made.targets[1]);
    const fresh = (await house.api('GET', '/api/content/items/targets?state=any&filter={"title":"Made here"}'))[0];
    assert.equal(fresh._state, 0);
    assert.deepEqual(item.some.map((one) => one._id), [fresh._id, made.targets[2]]);
    assert.equal(item.any._id, made.person);
  });
});

test('assets are chosen by their picture, brought in, ordered and removed', async (t) => {
  const id = await made.new();
  await inside(t, {}, async (page) => {
    await openEntry(page, id);
    await page.locator('#f-cover').click();
    const drawer = page.getByRole('dialog', { name: 'Choose a file' });
    await drawer.getByLabel('Search in the files').fill('sunrise');
    await drawer.getByRole('button', { name: /Sunrise/ }).first().waitFor();
    await accessible(page, 'the files');
    await drawer.getByRole('button', { name: /Sunrise/ }).first().click();
    await page.getByText('No text for those who cannot see it').waitFor();
    const gallery = page.locator('fieldset').filter({ has: page.locator('#f-gallery') });
    await gallery.locator('input[type=file]').setInputFiles([{ name: 'gallery-a.png', mimeType: 'image/png', buffer: Buffer.from(sunrise('a').base64, 'base64') }, { name: 'gallery-b.png', mimeType: 'image/png', buffer: Buffer.from(sunrise('b').base64, 'base64') }]);
    await gallery.getByText('Gallery b').waitFor();
    await gallery.getByRole('button', { name: 'Move Gallery b up' }).click();
    await saved(page, id, (item) => item.gallery?.length === 2, 'the files are saved');
    const item = await made.read(id);
    assert.equal(item.cover._id, made.picture._id);
    const names = await Promise.all(item.gallery.map(async (one) => (await house.api('GET', `/api/content/item/assets/${one._id}`)).name));
    assert.deepEqual(names, ['gallery-b.png', 'gallery-a.png']);
  });
});

test('blocks are picked, doubled, moved, folded, dragged, and taken to another entry', async (t) => {
  const id = await made.new();
  const other = await made.new();
  await inside(t, {}, async (page) => {
    await openEntry(page, id);
    const add = async (name) => {
      await page.locator('#f-sections-add').press('Enter');
      await page.getByRole('menuitem', { name }).press('Enter');
    };
    await add(/Hero/);
    await until(async () => (await focused(page)) === 'f-sections-0-heading', 'the first field of the block has the focus');
    await page.keyboard.type('Hello');
    await add(/Quotation/);
    await page.locator('#f-sections-1-words').fill('So it is.');
    await page.getByRole('button', { name: 'More for Hero, Sections 1' }).click();
    await page.getByRole('menuitem', { name: 'Duplicate' }).click();
    await page.locator('#f-sections-1-heading').fill('Hello again');
    await page.getByRole('button', { name: 'Move Quotation, Sections 3 up' }).click();
    await page.getByRole('button', { name: 'Fold all' }).click();
    await page.locator('#f-sections-0-heading').waitFor({ state: 'detached' });
    // Dragged by the mouse: the last one before the first.
    const grips = page.locator('[data-block] [data-grip]');
    await grips.nth(2).dragTo(page.locator('[data-block]').first(), { targetPosition: { x: 40, y: 4 } });
    await page.getByRole('button', { name: 'Unfold all' }).click();
    assert.equal(await page.inputValue('#f-sections-0-heading'), 'Hello again');
    await page.getByRole('button', { name: 'More for Hero, Sections 1' }).click();
    await page.getByRole('menuitem', { name: 'Copy for another entry' }).click();
    await saved(page, id, (item) => item.sections?.length === 3, 'the blocks are saved');
    assert.deepEqual((await made.read(id)).sections.map(({ _component, heading, words }) => [_component, heading ?? words]), [['hero', 'Hello again'], ['hero', 'Hello'], ['quotation', 'So it is.']]);

    await page.getByRole('link', { name: 'Kinds' }).last().click();
    await page.evaluate((to) => history.pushState({}, '', to), `/admin/content/kinds/${other}`);
    await page.evaluate(() => dispatchEvent(new PopStateEvent('popstate', { state: { index: 0 } })));
    await page.getByRole('button', { name: 'Put in the copied “Hero”' }).click();
    await page.locator('#f-sections-0-heading').fill('');
    page.expectsRefusal = true;
    await page.keyboard.press('Control+s');
    await page.getByText('1 fault', { exact: true }).waitFor();
    await page.locator('#f-sections-0-heading').fill('Elsewhere');
    await saved(page, other, (item) => item.sections?.[0]?.heading === 'Elsewhere', 'the block stands in the other entry');
  });
});

test('of forty blocks only those in view are made, and a link to one far below leads there', async (t) => {
  const id = await made.new({ sections: Array.from({ length: 40 }, (_, i) => ({ _component: 'hero', heading: `Block ${i + 1}` })) });
  await inside(t, {}, async (page) => {
    await openEntry(page, id);
    await page.locator('[data-block]').nth(39).waitFor();
    assert.ok((await page.locator('[data-block] input').count()) < 60, 'few of them have fields');
    await page.locator('[data-block]').nth(39).scrollIntoViewIfNeeded();
    await page.locator('#f-sections-39-heading').fill('The last one');
    await saved(page, id, (item) => item.sections[39].heading === 'The last one', 'the last block is saved');
  });
});

test('who may only read finds nothing to change', async (t) => {
  const id = await made.new({ body: '<p>Only <strong>read</strong></p>', one: made.targets[0], sections: [{ _component: 'hero', heading: 'Hello' }], facts: [{ key: 'a', value: 1 }] });
  const storage = await house.signedInAs(narrow.email, narrow.password);
  await inside(t, { storage }, async (page) => {
    await openEntry(page, id);
    await page.locator('#f-body').getByText('Only').waitFor();
    assert.equal(await page.locator('#f-body').getAttribute('contenteditable'), 'false');
    for (const name of [/^Add to/, /^Remove/, /^Move/, /^Choose/, /^New entry/, 'Bring in files…', /^Fill in/, /^Show what/, 'Default', /^Make from/]) assert.equal(await page.getByRole('main').getByRole('button', { name }).count(), 0, String(name));
    assert.equal(await page.getByRole('toolbar').count(), 0);
    assert.equal(await page.locator('#f-title').isDisabled(), true);
    await accessible(page, 'an entry that is only read');
  });
});

test('a letter takes less than a frame among two hundred fields and in a text of sixty thousand', async (t) => {
  const paragraph = `<p>${'All human beings are born free and equal in dignity and rights. '.repeat(9)}</p>`;
  const data = { ...Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`f${i}`, `value ${i}`])), body: paragraph.repeat(104), long: 'so it goes on '.repeat(4300), _state: 1 };
  const { _id } = await house.api('POST', '/api/content/item/wide', { data });
  await inside(t, {}, async (page) => {
    const measure = async (what) => {
      await page.locator(what).focus();
      await page.keyboard.press('End');
      const session = await page.context().newCDPSession(page);
      await session.send('Performance.enable');
      const spent = async () => (await session.send('Performance.getMetrics')).metrics.find((one) => one.name === 'ThreadTime').value * 1000;
      const before = await spent();
      for (let i = 0; i < 30; i += 1) await page.keyboard.type('x');
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      const each = ((await spent()) - before) / 30;
      await session.detach();
      return each;
    };
    // What a letter costs this browser on this machine at this hour, in a page with nothing on it.
    await page.goto('data:text/html,<input id="bare">');
    const bare = await measure('#bare');
    await openEntry(page, _id, 'wide');
    await page.locator('#f-body[contenteditable]').waitFor();
    const times = { 'a short field': await measure('#f-f100'), 'the long text': await measure('#f-long'), 'the rich text': await measure('#f-body') };
    t.diagnostic(`a bare input: ${bare.toFixed(1)} ms a letter`);
    t.diagnostic(Object.entries(times).map(([what, time]) => `${what}: ${time.toFixed(1)} ms a letter`).join(', '));
    // What the page's own thread computes for it: script, style, layout.
    for (const [what, time] of Object.entries(times)) assert.ok(time - bare < 16, `${what}: ${time.toFixed(1)} ms a letter`);
  });
});

test('every control in both themes, wide and narrow', async (t) => {
  const id = await made.new({
    slug: 'all-of-it', rating: 4.5, on: true, level: 'high', audience: ['editors'], words: ['glass', 'light'], day: '2026-11-21', at: '09:30', starts: '2026-11-21T17:00:00Z', accent: '#0f6b62', mail: 'ada@example.org',
    link: 'https://example.org/', address: '192.0.2.1', network: '10.0.0.0/8', place: { lat: 52.52, lng: 13.405 }, certificate: '-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUQ0f3\n-----END CERTIFICATE-----',
    body: '<h2>A quiet release</h2><p>Content is an <strong>API</strong>, and <a href="/x">more</a>.</p><ul><li><p>one</p></li><li><p>two</p></li></ul><table><tbody><tr><th><p>a</p></th><th><p>b</p></th></tr><tr><td><p>1</p></td><td><p>2</p></td></tr></tbody></table>',
    guide: '# Guide\n\nSome *words*.', snippet: 'int main(void)\n{\n    return 0;\n}', data: { a: [1, { b: null }] }, facts: [{ key: 'height', value: 12 }, { key: 'width', value: 7 }], days: ['2026-12-24', '2026-12-25'], top: { heading: 'Welcome' },
    sections: [{ _component: 'hero', heading: 'Hello' }, { _component: 'quotation', words: 'So it is.' }], one: made.targets[0], some: [made.targets[1], made.targets[2]], any: { _model: 'people', _id: made.person }, cover: made.picture._id, gallery: [made.picture._id],
  });
  for (const theme of ['light', 'dark'])
    for (const width of [1280, 320])
      await inside(t, { theme, width }, async (page) => {
        await openEntry(page, id);
        await page.locator('#f-body[contenteditable]').waitFor();
        await code(page, 'f-data').waitFor();
        await page.getByText('Grace Hopper').waitFor();
        await page.locator('[data-block]').last().scrollIntoViewIfNeeded();
        await page.locator('#f-sections-1-words').waitFor();
        await until(() => page.evaluate(() => [...document.images].every((image) => image.complete || image.loading === 'lazy')), 'the pictures are there');
        await accessible(page, `all kinds, ${theme}, ${width}`);
        await fits(page, `all kinds, ${theme}, ${width}`);
        if (process.env.E2E_SHOTS) {
          await code(page, 'f-data').scrollIntoViewIfNeeded();
          await page.screenshot({ path: `${process.env.E2E_SHOTS}/kinds-${theme}-${width}.png` });
          await page.locator('[data-block]').last().scrollIntoViewIfNeeded();
          await page.screenshot({ path: `${process.env.E2E_SHOTS}/blocks-${theme}-${width}.png` });
        }
      });
});
