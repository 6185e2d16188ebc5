import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessible, fits } from './browser.mjs';
import { openHouse } from './house.mjs';

const found = { posts: [], guide: undefined };
const people = {
  looker: { name: 'Luise Looker', email: 'luise@example.org', password: 'only looking at things' },
  writer: { name: 'Walter Writer', email: 'walter@example.org', password: 'only writing things down' },
};
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
    const person = async ({ name, email, password }, verbs) => {
      const role = (await api('POST', '/api/content/item/roles', { data: { name: name.split(' ')[1].toLowerCase() } }))._id;
      for (const collection of ['posts', 'authors']) await api('POST', '/api/content/item/grants', { data: { role, collection, verbs } });
      await api('POST', '/api/content/item/users', { data: { name, email, password, roles: [role] } });
    };
    await person(people.looker, ['read']);
    await person(people.writer, ['read', 'create', 'update']);
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

test('typing is never waited for: one request at a time, and the next one carries everything', async (t) => {
  await inside(t, {}, async (page) => {
    const post = found.posts[0];
    await open(page, 'posts', post._id);
    let [open_, most] = [0, 0];
    const sent = [];
    await page.route('**/api/content/item/posts/**', async (route) => {
      if (route.request().method() !== 'PATCH') return route.continue();
      sent.push(route.request().postDataJSON());
      most = Math.max(most, (open_ += 1));
      await new Promise((done) => setTimeout(done, 1200));
      open_ -= 1;
      await route.continue();
    });
    await page.locator('#f-lead').fill('One');
    await until(() => sent.length === 1, 'the first request');
    await status(page, 'Saving…');
    await page.locator('#f-lead').fill('One two');
    await page.locator('#f-slug').fill('post-one');
    await until(async () => (await newest('posts', post._id)).slug === 'post-one', 'the second request');
    assert.deepEqual(sent, [{ lead: 'One' }, { lead: 'One two', slug: 'post-one' }]);
    assert.equal(most, 1);
    await status(page, /^Saved \d/);
  });
});

test('a published entry is changed beside what readers see; the change is reviewed, taken back, discarded and published', async (t) => {
  await inside(t, {}, async (page) => {
    const { _id: id } = found.posts[7];
    await open(page, 'posts', id);
    await page.getByText('Readers see what is here.').waitFor();
    await page.locator('#f-title').fill('Post 8, better');
    await page.locator('#f-lead').fill('Another lead');
    await until(async () => (await newest('posts', id)).lead === 'Another lead', 'it saves itself');
    assert.equal((await live('posts', id)).title, 'Post 8');
    await page.getByText('beside the published version').waitFor();
    // What readers see, and back.
    await page.keyboard.press('Control+e');
    await page.getByText('This is what readers see.').waitFor();
    assert.equal(await page.inputValue('#f-title'), 'Post 8');
    assert.equal(await page.locator('#f-title').isDisabled(), true);
    assert.match(page.url(), /version=published/);
    await accessible(page, 'what readers see');
    await page.keyboard.press('Control+e');
    await until(async () => (await page.inputValue('#f-title')) === 'Post 8, better', 'back in the draft');
    // One field is taken back, the rest discarded.
    await page.getByRole('button', { name: 'Review changes' }).click();
    const drawer = page.getByRole('dialog', { name: 'Changes that are not published' });
    await drawer.getByText('Another').waitFor();
    await accessible(page, 'changes');
    await drawer.getByRole('button', { name: 'Take back Title' }).click();
    await until(async () => (await newest('posts', id)).title === 'Post 8', 'the title is as it was');
    await drawer.getByRole('button', { name: 'Discard all…' }).click();
    await page.getByRole('dialog', { name: 'Discard the changes?' }).getByRole('button', { name: 'Discard', exact: true }).click();
    await toast(page, 'The changes were discarded');
    assert.equal(await page.inputValue('#f-lead'), 'Lead 8');
    assert.equal((await newest('posts', id))._draft, undefined);
    // And once more, to publish it.
    await page.locator('#f-lead').fill('For everybody');
    await page.keyboard.press('Control+Alt+p');
    await toast(page, 'Published');
    assert.equal((await live('posts', id)).lead, 'For everybody');
    await page.getByRole('button', { name: 'More about publishing' }).click();
    await accessible(page, 'publish menu');
    await page.getByRole('menuitem', { name: 'Unpublish' }).click();
    await toast(page, 'Unpublished');
    await page.getByRole('button', { name: 'More about publishing' }).click();
    await page.getByRole('menuitem', { name: 'Archive', exact: true }).click();
    await toast(page, 'Archived');
    assert.equal((await newest('posts', id))._state, -1);
  });
});

test('two people write at once: what one of them changed is taken, what both changed is asked, nothing is lost', async (t) => {
  await inside(t, {}, async (page) => {
    page.expectsRefusal = true;
    const { _id: id } = found.posts[1];
    const body = (...parts) => parts.map((part) => `<p>${part}</p>`).join('');
    await api('PATCH', `/api/content/item/posts/${id}?perspective=draft`, { body: body('One.', 'Two.', 'Three.') });
    const other = await house.browser.newContext({ baseURL: house.url, storageState: house.storage, locale: 'en-GB' });
    try {
      const theirs = await other.newPage();
      await open(page, 'posts', id);
      await open(theirs, 'posts', id);
      // The other one's news would be taken at once: here it comes too late.
      await page.context().setOffline(true);
      await theirs.locator('#f-slug').fill('their-slug');
      await theirs.locator('#f-title').fill('Their title');
      await until(async () => (await newest('posts', id)).title === 'Their title', 'their version is stored');
      await api('PATCH', `/api/content/item/posts/${id}?perspective=draft`, { body: body('One of theirs.', 'Two.', 'Three of theirs.') });
      await page.locator('#f-lead').fill('My lead');
      await status(page, 'Not saved (offline)');
      await page.context().setOffline(false);
      await until(async () => (await newest('posts', id)).lead === 'My lead', 'it goes on by itself');
      assert.equal(await page.inputValue('#f-title'), 'Their title');
      await page.getByText('What you had not touched is up to date').waitFor();

      // The same fields on both sides.
      await page.context().setOffline(true);
      await api('PATCH', `/api/content/item/posts/${id}?perspective=draft`, { title: 'Theirs again', slug: 'another-slug' });
      await page.locator('#f-title').fill('My title');
      await status(page, 'Not saved (offline)');
      await page.context().setOffline(false);
      await status(page, 'Conflict');
      await accessible(page, 'a conflict above the fields');
      await page.locator('.note').getByRole('button', { name: 'Resolve…' }).click();
      const dialog = page.getByRole('dialog', { name: 'This entry was changed meanwhile' });
      await dialog.getByText('One field that only they changed').waitFor();
      await accessible(page, 'conflict');
      await dialog.getByRole('button', { name: 'Write it anew' }).click();
      await dialog.getByLabel('Title: the text that is saved').fill('Our title');
      await dialog.getByRole('button', { name: 'Save this' }).click();
      await dialog.waitFor({ state: 'detached' });
      await until(async () => (await newest('posts', id)).title === 'Our title', 'the answer is stored');
      assert.equal((await newest('posts', id)).slug, 'another-slug');
      const past = (await api('GET', `/api/content/item/posts/${id}/history`)).data;
      const said = await Promise.all(past.slice(0, 6).map(async ({ rev }) => (await api('GET', `/api/content/item/posts/${id}/history/${rev}`)).title));
      assert.ok(said.includes('My title'), 'what I gave up is in the history');
      assert.ok(said.includes('Theirs again'), 'and so is theirs');
      // Being offline is what the browser complained about.
      page.forget();
    } finally {
      await other.close();
    }
  });
});

test('what never reached the server waits in the browser, and is offered on return', async (t) => {
  await inside(t, {}, async (page) => {
    const { _id: id } = found.posts[2];
    await open(page, 'posts', id);
    await page.route('**/api/content/item/posts/**', (route) => (route.request().method() === 'PATCH' ? route.abort() : route.continue()));
    await page.locator('#f-lead').fill('Typed in a tunnel');
    await status(page, 'Not saved (offline)');
    // Leaving asks nothing: it is stored, though not on the server.
    await page.getByRole('link', { name: 'Home' }).click();
    await toast(page, 'What is not saved yet waits in this browser');
    await page.getByRole('heading', { name: /Ada/ }).waitFor();
    page.forget();
    await page.unroute('**/api/content/item/posts/**');
    await open(page, 'posts', id);
    assert.equal(await page.inputValue('#f-lead'), 'Lead 3');
    await page.getByText('There is text in this browser that was not saved').waitFor();
    await page.getByRole('button', { name: 'Show it' }).click();
    await accessible(page, 'text that waited');
    await page.getByRole('button', { name: 'Bring it back' }).click();
    await until(async () => (await newest('posts', id)).lead === 'Typed in a tunnel', 'it is saved now');
    await page.reload();
    await page.locator('#f-title').waitFor();
    assert.equal(await page.getByText('There is text in this browser').count(), 0);
    // A new entry is nowhere else, so it is offered, too, and can be thrown away.
    await page.goto('/admin/content/events/new');
    await page.locator('#f-name').fill('Half an idea');
    await page.getByRole('link', { name: 'Home' }).click();
    await page.getByRole('heading', { name: /Ada/ }).waitFor();
    await page.goto('/admin/content/events/new');
    await page.getByRole('button', { name: 'Throw it away' }).click();
    await page.reload();
    await page.locator('#f-name').waitFor();
    assert.equal(await page.getByText('There is text in this browser').count(), 0);
  });
});

test('leaving asks when something is stored nowhere', async (t) => {
  await inside(t, {}, async (page) => {
    const { _id: id } = found.note;
    await open(page, 'notes', id);
    await page.locator('#f-pin').fill('1234');
    await page.getByRole('link', { name: 'Home' }).click();
    const question = page.getByRole('dialog', { name: 'Leave without saving?' });
    await question.waitFor();
    await accessible(page, 'unsaved changes');
    await question.getByRole('button', { name: 'Stay' }).click();
    assert.equal(await page.inputValue('#f-pin'), '1234');
    await page.getByRole('link', { name: 'Home' }).click();
    await question.getByRole('button', { name: 'Save and leave' }).click();
    await page.getByRole('heading', { name: /Ada/ }).waitFor();
  });
});

test('one wrong value does not hold the others back', async (t) => {
  await inside(t, {}, async (page) => {
    page.expectsRefusal = true;
    const { _id: id } = found.note;
    await open(page, 'notes', id);
    await page.locator('#f-mood').fill('much too long for a mood');
    await page.locator('#f-title').fill('Not alone');
    await status(page, 'Not saved');
    await page.locator('#f-mood-fault').waitFor();
    await until(async () => (await newest('notes', id)).title === 'Not alone', 'the title is saved');
    await page.locator('#f-mood').fill('good');
    await until(async () => (await newest('notes', id)).mood === 'good', 'all of it is saved');
  });
});

test('several languages are one form: beside each other, copied, and counted', async (t) => {
  await inside(t, {}, async (page) => {
    const { _id: id } = found.guide;
    await open(page, 'guides', id, '#f-title--en');
    const tabs = page.getByRole('navigation', { name: 'Languages' });
    await tabs.getByRole('link', { name: /German.*67/ }).click();
    await page.locator('#f-title--de').fill('Grüezi');
    await page.getByRole('button', { name: /^Copy from English ?: Text$/ }).click();
    assert.equal(await page.inputValue('#f-text--de'), 'Come in.');
    await until(async () => (await newest('guides', id, '&locale=all')).text.de === 'Come in.', 'both languages are stored');
    assert.deepEqual((await newest('guides', id, '&locale=all')).title, { en: 'Welcome', de: 'Grüezi' });
    await page.getByLabel('Beside it').selectOption('en');
    await page.locator('#f-title--en').waitFor();
    assert.match(page.url(), /lang=de&beside=en/);
    await accessible(page, 'two languages');
    await page.locator('#f-title--en').fill('');
    await page.locator('#f-pages').fill('4');
    await page.keyboard.press('Control+Alt+p');
    await until(async () => (await focused(page)) === 'f-title--en', 'the fault is in its language');
    page.expectsRefusal = true;
    page.forget();
    await page.locator('#f-title--en').fill('Welcome!');
    await page.keyboard.press('Control+Alt+p');
    await toast(page, 'Published');
    assert.deepEqual((await api('GET', `/api/content/item/guides/${id}?locale=all`)).title, { en: 'Welcome!', de: 'Grüezi' });
  });
});

test('conditions show fields and ask for them; a closed group is not there', async (t) => {
  await inside(t, {}, async (page) => {
    page.expectsRefusal = true;
    const { _id: id } = found.guide;
    await open(page, 'guides', id, '#f-title--en');
    assert.equal(await page.locator('#f-price').count(), 0);
    await page.locator('#f-free').focus();
    await page.keyboard.press('Space');
    await page.locator('#f-price').waitFor();
    assert.equal(await page.locator('#f-price').getAttribute('aria-required'), 'true');
    await page.keyboard.press('Control+Alt+p');
    await until(async () => (await focused(page)) === 'f-price', 'what is asked for has the focus');
    await page.locator('#f-price').fill('12');
    await page.locator('#f-isbn').waitFor();
    await page.getByRole('button', { name: 'Print' }).click();
    assert.equal(await page.locator('#f-isbn').count(), 0);
    await page.getByRole('button', { name: 'Print 1 field' }).waitFor();
    await page.keyboard.press('Control+Alt+p');
    await toast(page, 'Published');
  });
});

test('publishing tells of links that lead nowhere yet, and takes them along', async (t) => {
  await inside(t, {}, async (page) => {
    const author = await api('POST', '/api/content/item/authors?perspective=draft', { data: { name: 'Not yet' } });
    const post = await api('POST', '/api/content/item/posts?perspective=draft', { data: { title: 'With an author', author: { _model: 'authors', _id: author._id } } });
    await open(page, 'posts', post._id);
    await page.keyboard.press('Control+Alt+p');
    const dialog = page.getByRole('dialog', { name: 'Publish “With an author”' });
    await dialog.getByText('Not yet').waitFor();
    await accessible(page, 'publish with links');
    await dialog.getByRole('button', { name: 'Publish with the other one' }).click();
    await toast(page, 'Published');
    assert.equal((await live('posts', post._id))._state, 1);
    assert.equal((await live('authors', author._id))._state, 1);
    // And from the author one sees what refers to it.
    await open(page, 'authors', author._id, '#f-name');
    await page.getByRole('link', { name: 'With an author' }).waitFor();
  });
});

test('what is planned is done by the server later, and can be called off', async (t) => {
  await inside(t, {}, async (page) => {
    const { _id: id } = found.posts[3];
    const plans = () => api('GET', `/api/content/items/schedules?filter={"item":"${id}"}`);
    await open(page, 'posts', id);
    await page.getByRole('button', { name: 'More about publishing' }).click();
    await page.getByRole('menuitem', { name: 'Schedule…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Schedule' });
    await dialog.getByLabel('Publish at').fill('2020-01-01T12:00');
    await dialog.getByText('This moment has passed.').waitFor();
    await dialog.getByLabel('Publish at').fill('2999-12-24T19:00');
    await dialog.getByLabel('Take back at').fill('2999-12-31T19:00');
    await accessible(page, 'schedule');
    await dialog.getByRole('button', { name: 'Schedule' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByText('Will be published', { exact: true }).waitFor();
    assert.deepEqual((await plans()).map((one) => [one.action, one.at]), [['publish', '2999-12-24T18:00:00Z'], ['unpublish', '2999-12-31T18:00:00Z']]);
    await page.getByRole('button', { name: 'Change the plan' }).click();
    await dialog.getByLabel('Publish at').fill('');
    await dialog.getByLabel('Take back at').fill('');
    await dialog.getByRole('button', { name: 'Schedule' }).click();
    await dialog.waitFor({ state: 'detached' });
    assert.deepEqual(await plans(), []);
  });
});

test('the history says who saved what, compares any two, and brings fields back', async (t) => {
  await inside(t, {}, async (page) => {
    const { _id: id } = found.posts[8];
    const path = `/api/content/item/posts/${id}`;
    await api('PATCH', `${path}?perspective=draft`, { title: 'A quiet release', tags: ['a', 'b'] });
    await api('POST', `${path}/publish`);
    await api('PATCH', `${path}?perspective=draft`, { title: 'A quieter release', tags: ['b', 'c'] });
    await api('PATCH', `${path}?perspective=draft`, { lead: 'Changed as well' });
    await open(page, 'posts', id);
    await page.getByRole('link', { name: 'History', exact: true }).click();
    await page.getByRole('heading', { name: 'History' }).waitFor();
    await page.getByText('saved 2 times').waitFor();
    await page.locator('.compare del').getByText('quiet', { exact: false }).first().waitFor();
    await accessible(page, 'history');
    await page.getByRole('button', { name: /^Bring back 3 ?: Title$/ }).click();
    await toast(page, 'It is in the draft');
    assert.deepEqual([(await newest('posts', id)).title, (await newest('posts', id)).lead], ['A quiet release', 'Changed as well']);
    await page.getByLabel('From').selectOption('1');
    await page.getByText('Post 9').first().waitFor();
    assert.match(page.url(), /from=1&to=\d+/);
    await page.getByRole('button', { name: 'Bring back all of version 1…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Bring back', exact: true }).click();
    await toast(page, 'It is in the draft');
    assert.equal((await newest('posts', id)).lead, 'Lead 9');
    assert.equal((await live('posts', id)).title, 'A quiet release');
  });
});

test('duplicate, delete, and what a program sees', async (t) => {
  await inside(t, {}, async (page) => {
    const { _id: id } = found.posts[9];
    await open(page, 'posts', id);
    await page.getByRole('button', { name: 'JSON and curl' }).click();
    const drawer = page.getByRole('dialog', { name: 'This entry in the API' });
    await drawer.getByText(id).first().waitFor();
    await accessible(page, 'the entry in the API');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Duplicate' }).click();
    await page.getByRole('heading', { name: 'New entry' }).waitFor();
    await until(async () => (await page.inputValue('#f-title')) === 'Post 10', 'the values are there');
    assert.equal(await page.inputValue('#f-slug'), '');
    await page.locator('#f-title').fill('Post 10, copied');
    await page.getByRole('button', { name: 'Save draft' }).click();
    await toast(page, 'Saved');
    await page.waitForURL(/posts\/[0-9a-f]{24}$/);
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Delete…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.waitForURL('**/content/posts');
  });
});

test('a keystroke in a long form touches its own field and nothing else', async (t) => {
  await inside(t, {}, async (page) => {
    const body = `${'The list is dense, and the text is long. '.repeat(10)}\n\n`.repeat(150);
    const item = await api('POST', '/api/content/item/long?perspective=draft', { data: { title: 'Long', body, ...Object.fromEntries(Array.from({ length: 198 }, (_, i) => [`field_${i}`, `Value ${i}`])) } });
    await open(page, 'long', item._id);
    assert.equal(await page.locator('.field').count(), 200);
    await page.locator('#f-body').focus();
    await page.keyboard.press('Control+End');
    await page.keyboard.type('x');
    await page.evaluate(() => {
      globalThis.seen = new Set();
      new MutationObserver((all) => {
        for (const { target } of all) {
          const element = target instanceof Element ? target : target.parentElement;
          // The state line, and what is beside the fields, tell of saving.
          if (!element?.closest('.status, aside')) globalThis.seen.add(element?.closest('.field')?.querySelector('[id]')?.id ?? element?.outerHTML.slice(0, 80));
        }
      }).observe(document.querySelector('main'), { subtree: true, childList: true, characterData: true, attributes: true });
    });
    // Time that the page's thread worked, whatever else the machine is doing.
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
    const worked = async () => {
      const { metrics } = await devtools.send('Performance.getMetrics');
      return ['TaskDuration', 'ScriptDuration'].map((name) => metrics.find((one) => one.name === name).value * 1000);
    };
    const [all, script] = [[], []];
    for (let i = 0; i < 60; i += 1) {
      const before = await worked();
      await page.keyboard.type('abcdefghij'[i % 10]);
      const after = await worked();
      all.push(after[0] - before[0]);
      script.push(after[1] - before[1]);
    }
    const told = (times) => ((times = times.sort((a, b) => a - b)), `median ${times[30].toFixed(1)} ms, p95 ${times[56].toFixed(1)} ms`);
    t.diagnostic(`a keystroke in 200 fields and 60 KB: ${told(all)}; of that scripts: ${told(script)}`);
    assert.deepEqual((await page.evaluate(() => [...globalThis.seen])).filter((id) => id !== 'f-body'), [], 'only the field that is typed into changes');
    await until(async () => (await newest('long', item._id)).body.endsWith('abcdefghij'), 'all of it is saved');
  });
});

test('who may read only sees no button; who may write and not publish can save', async (t) => {
  const { _id: id } = found.posts[5];
  const looker = await house.signedInAs(people.looker.email, people.looker.password);
  await inside(t, { storage: looker }, async (page) => {
    await page.goto(`/admin/content/posts/${found.posts[6]._id}`);
    await page.getByText('Your role may read this, not change it.').first().waitFor();
    assert.equal(await page.locator('#f-title').isDisabled(), true);
    for (const name of ['Save', 'Save draft', 'Publish', 'More about publishing', 'Review changes']) assert.equal(await page.getByRole('button', { name, exact: true }).count(), 0, name);
    assert.equal(await page.getByRole('link', { name: 'History', exact: true }).count(), 0);
    await page.keyboard.press('Control+s');
    await page.getByRole('button', { name: 'More actions' }).click();
    assert.equal(await page.getByRole('menuitem', { name: 'Delete…' }).count(), 0);
    assert.equal(await page.getByRole('menuitem', { name: 'Duplicate' }).count(), 0);
  });
  const writer = await house.signedInAs(people.writer.email, people.writer.password);
  await inside(t, { storage: writer }, async (page) => {
    await open(page, 'posts', id);
    assert.equal(await page.getByRole('button', { name: 'Publish', exact: true }).count(), 0);
    await page.locator('#f-lead').fill('Written, not published');
    await until(async () => (await newest('posts', id)).lead === 'Written, not published', 'it saves itself');
    await page.keyboard.press('Control+Alt+p');
    assert.equal((await newest('posts', id))._state, 0);
  });
});

for (const theme of ['light', 'dark'])
  for (const width of [1280, 320])
    test(`every screen is accessible and fits: ${theme}, ${width} px`, async (t) => {
      await inside(t, { theme, width }, async (page) => {
        page.expectsRefusal = true;
        const look = async (path, ready, what) => {
          await page.goto(`/admin${path}`);
          await ready.first().waitFor();
          await accessible(page, what);
          await fits(page, what);
          if (process.env.E2E_SHOTS) await page.screenshot({ path: `${process.env.E2E_SHOTS}/${what.replace(/\W+/g, '-')}-${theme}-${width}.png` });
        };
        await look('/content/posts/new', page.locator('#f-title'), 'new entry');
        await look(`/content/posts/${found.posts[8]._id}`, page.getByText('Used in'), 'entry');
        await look(`/content/posts/${found.posts[8]._id}?version=published`, page.getByText('This is what readers see'), 'published');
        await look(`/content/guides/${found.guide._id}?lang=de&beside=en`, page.locator('#f-title--en'), 'two languages');
        await look(`/content/posts/${found.posts[8]._id}/history`, page.getByRole('heading', { name: 'What changed' }), 'history');
        await look('/content/posts/000000000000000000000000', page.getByText('This entry does not exist'), 'no such entry');
        await look('/content/posts/000000000000000000000000/history', page.getByRole('alert'), 'no such history');
        await look('/content/site', page.locator('#f-name'), 'single');
      });
    });
