import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessible, fits } from './browser.mjs';
import { openHouse } from './house.mjs';

const found = { posts: [], guide: undefined };
const house = openHouse({
  signedIn: true,
  make: async ({ api }) => {
    await api('POST', '/api/content/item/locales', { data: { code: 'en', name: 'English', standard: true } });
    await api('POST', '/api/content/item/locales', { data: { code: 'de', name: 'Deutsch' } });
    await api('POST', '/api/content/models/apply', {
      definitions: [
        {
          name: 'guides',
          label: 'Guides',
          group: 'Blog',
          fields: [
            { name: 'title', kind: 'text', required: true, localized: true },
            { name: 'slug', kind: 'slug', from: 'title', unique: true, localized: true },
            { name: 'text', kind: 'text', multiline: true, localized: true },
            { name: 'pages', kind: 'number' },
            { name: 'free', kind: 'boolean', default: true },
            { name: 'price', kind: 'number', shown_if: { free: false }, required_if: { free: false } },
            { name: 'isbn', kind: 'text', group: 'Print' },
          ],
        },
        {
          name: 'long',
          label: 'Long ones',
          group: 'Blog',
          fields: [
            { name: 'title', kind: 'text' },
            { name: 'body', kind: 'text', multiline: true },
            ...Array.from({ length: 198 }, (_, i) => ({ name: `field_${i}`, kind: 'text' })),
          ],
        },
        { name: 'notes', label: 'Notes', fields: [{ name: 'title', kind: 'text', required: true }, { name: 'pin', kind: 'secret' }, { name: 'mood', kind: 'text', maxlength: 10 }] },
      ],
    });
    const author = await api('POST', '/api/content/item/authors', { data: { name: 'Grace Hopper', _state: 1 } });
    for (let i = 1; i <= 12; i += 1)
      found.posts.push(await api('POST', '/api/content/item/posts', { data: { title: `Post ${i}`, slug: `post-${i}`, lead: `Lead ${i}`, author: { _model: 'authors', _id: author._id }, _state: i > 6 ? 1 : 0 } }));
    found.author = author;
    found.guide = await api('POST', '/api/content/item/guides?locale=all&perspective=draft', { data: { title: { en: 'Welcome', de: 'Willkommen' }, text: { en: 'Come in.' }, pages: 3 } });
    found.note = await api('POST', '/api/content/item/notes?perspective=draft', { data: { title: 'Alone' } });
  },
});
const { inside, toast, until, focused, api } = house;
const open = async (page, model, id, ready = '#f-title') => {
  await page.goto(`/admin/content/${model}/${id}`);
  await page.locator(ready).waitFor();
};
const status = (page, text) => page.locator('.status').getByText(text).waitFor();
const newest = (model, id, more = '') => api('GET', `/api/content/item/${model}/${id}?perspective=draft&state=any${more}`);
const live = (model, id) => api('GET', `/api/content/item/${model}/${id}`);

test('a new entry is a draft when somebody says so, then saves itself, and is published by the keyboard', async (t) => {
  await inside(t, {}, async (page) => {
    page.expectsRefusal = true;
    await page.goto('/admin/content/posts/new');
    await page.locator('#f-title').fill('By hand');
    await status(page, 'Only in this browser');
    await page.locator('#f-lead').focus();
    await page.keyboard.press('Control+s');
    await toast(page, 'Saved');
    await page.waitForURL(/posts\/[0-9a-f]{24}$/);
    // Where one was, one stays, though the address is another.
    await until(async () => (await focused(page)) === 'f-lead', 'the focus is where it was');
    await page.keyboard.type('Typed on.');
    const id = page.url().split('/').at(-1);
    await until(async () => (await newest('posts', id)).lead === 'Typed on.', 'it saves itself');
    await status(page, /^Saved \d/);
    let item = await newest('posts', id);
    assert.deepEqual([item.title, item.lead, item._state, item.slug], ['By hand', 'Typed on.', 0, 'by-hand']);
    await page.locator('#f-title').fill('');
    await page.keyboard.press('Control+Alt+p');
    await page.getByText('title is required').first().waitFor();
    await until(async () => (await focused(page)) === 'f-title', 'the first fault has the focus');
    await accessible(page, 'entry with a fault');
    await page.keyboard.type('By hand, again');
    await page.keyboard.press('Control+Alt+p');
    await toast(page, 'Published');
    item = await live('posts', id);
    assert.deepEqual([item.title, item._state], ['By hand, again', 1]);
  });
});
