import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessible, call, fits, openPage, person, signIn } from './browser.mjs';
import { openHouse } from './house.mjs';

const house = openHouse();
const { row, toast, until, focused, openPalette } = house;
const inside = house.inside;
const posts = [];

test('the first run asks for the printed code and a long password', async (t) => {
  await inside(t, {}, async (page) => {
    page.expectsRefusal = true;
    await page.goto('/admin/content/posts');
    await page.waitForURL('**/admin/setup');
    await page.getByRole('heading', { name: 'Welcome to Vitrine' }).waitFor();
    assert.equal(await focused(page), 'code');
    await page.fill('#code', 'AAAA-BBBB-CCCC');
    await page.fill('#name', person.name);
    await page.fill('#email', person.email);
    await page.fill('#password', 'too short');
    await page.getByText('3 more characters needed').waitFor();
    await page.getByRole('button', { name: 'Create and sign in' }).click();
    await page.getByText('at least 12 characters').waitFor();
    await page.fill('#password', person.password);
    await page.getByRole('button', { name: 'Create and sign in' }).click();
    await page.locator('#code-fault').waitFor();
    assert.equal(await focused(page), 'code');
    await accessible(page, 'first run with a fault');
    await page.fill('#code', house.code.toLowerCase());
    await page.getByRole('button', { name: 'Create and sign in' }).click();
    await page.getByRole('heading', { name: /Ada/ }).waitFor();
    assert.equal(new URL(page.url()).pathname, '/admin/');
  });
});

test('the first run is over once there is an administrator', async (t) => {
  await inside(t, {}, async (page) => {
    page.expectsRefusal = true;
    await page.goto('/admin/setup');
    await page.waitForURL('**/admin/sign-in**');
    await page.fill('#user', person.email);
    await page.fill('#password', 'wrong, wrong, wrong');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    assert.equal(await page.inputValue('#user'), person.email);
    await accessible(page, 'sign in with a refusal');
  });
});

test('signing in leads to the page that was asked for, and fills the store for the next tests', async (t) => {
  await inside(t, {}, async (page) => {
    await page.goto('/admin/content/posts?sort=title');
    await page.waitForURL('**/admin/sign-in?next=**');
    await page.fill('#user', person.email);
    await page.fill('#password', person.password);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Posts' }).waitFor();
    await page.getByText('No entries yet').waitFor();
    assert.equal(new URL(page.url()).search, '?sort=title');
    house.storage = await page.context().storageState();

    const author = await call(page, 'POST', '/api/content/item/authors', { data: { name: 'Grace Hopper', _state: 1 } });
    await call(page, 'POST', '/api/content/item/authors', { data: { name: 'Alan Kay', _state: 1 } });
    for (let i = 1; i <= 30; i += 1)
      posts.push(
        await call(page, 'POST', '/api/content/item/posts', {
          data: { title: `Post ${String(i).padStart(2, '0')}`, slug: `post-${i}`, views: i * 10, tags: i % 2 ? ['odd'] : ['even'], featured: i % 10 === 0, author: { _model: 'authors', _id: author._id }, _state: i % 3 ? 1 : 0 },
        }),
      );
  });
});

test('sign in, list, edit and save work by keyboard alone', async (t) => {
  const page = await openPage(house.browser, house.url);
  await page.goto('/admin/');
  await page.locator('#user').waitFor();
  await page.keyboard.type(person.email);
  await page.keyboard.press('Tab');
  await page.keyboard.type(person.password);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: /Ada/ }).waitFor();
  // The skip link is the first stop of every page.
  await page.reload();
  await page.getByRole('heading', { name: /Ada/ }).waitFor();
  await page.keyboard.press('Tab');
  assert.equal(await focused(page), 'Skip to the content');

  await openPalette(page);
  await page.keyboard.type('posts');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Posts' }).waitFor();
  await page.getByText('1–25 of 30').waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('post 07');
  await until(async () => (await page.getByRole('row').count()) === 2, 'one row is left');
  await page.locator('h1').focus();
  await page.keyboard.press('j');
  assert.equal(await focused(page), 'Post 07');
  await page.keyboard.press('Enter');
  await page.locator('#f-title').waitFor();
  await page.locator('#f-title').focus();
  await page.keyboard.press('End');
  await page.keyboard.type(', edited by keyboard');
  await page.keyboard.press('Control+s');
  await toast(page, 'Saved');
  await page.keyboard.press('Control+Alt+p');
  await toast(page, 'Published');
  await page.goBack();
  await row(page, 'Post 07, edited by keyboard').waitFor();
  page.quiet();
  await page.context().close();
});

test('the palette finds entries and runs commands', async (t) => {
  await inside(t, {}, async (page) => {
    await page.goto('/admin/');
    await page.getByRole('heading', { name: /Ada/ }).waitFor();
    await openPalette(page);
    await page.keyboard.type('post 12');
    await page.getByRole('option', { name: /Post 12/ }).waitFor();
    await accessible(page, 'palette');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Post 12' }).waitFor();
    await openPalette(page);
    await page.keyboard.type('dark theme');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
    await page.reload();
    await page.getByRole('heading', { name: 'Post 12' }).waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
    await openPalette(page);
    await page.keyboard.press('Escape');
    await page.getByRole('combobox', { name: 'Search and commands' }).waitFor({ state: 'detached' });
  });
});

test('a list sorts, pages and filters, and its address says so', async (t) => {
  await inside(t, {}, async (page) => {
    await page.goto('/admin/content/posts');
    await page.getByText('1–25 of 30').waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('26–30 of 30').waitFor();
    assert.match(page.url(), /page=2/);
    await page.getByRole('button', { name: 'Title' }).click();
    await row(page, 'Post 01').waitFor();
    assert.equal(await page.getByRole('columnheader', { name: 'Title' }).getAttribute('aria-sort'), 'ascending');
    await page.getByRole('button', { name: 'Title' }).click();
    await row(page, 'Post 30').waitFor();
    assert.match(page.url(), /sort=-title/);

    await page.getByRole('button', { name: 'Filter' }).click();
    await page.getByLabel('Field').selectOption('views');
    await page.getByLabel('Condition').selectOption('$gt');
    await page.getByLabel('Value').fill('280');
    await accessible(page, 'filter');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByText('1–2 of 2').waitFor();
    await page.getByText('Views is more than 280').waitFor();
    assert.deepEqual(JSON.parse(new URL(page.url()).searchParams.get('filter')), { views: { $gt: 280 } });

    await page.getByRole('button', { name: 'Filter', exact: true }).click();
    await page.getByLabel('Field').selectOption('author');
    await page.getByLabel('Value').fill('grace');
    await page.getByRole('option', { name: 'Grace Hopper' }).click();
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByText('Author is Grace Hopper').waitFor();
    await page.reload();
    await page.getByText('Author is Grace Hopper').waitFor();
    await page.getByText('1–2 of 2').waitFor();
    await page.getByRole('button', { name: /Remove the filter: Author/ }).click();
    await page.goBack();
    await page.getByText('Author is Grace Hopper').waitFor();
    await page.getByRole('button', { name: 'Remove all' }).click();
    await page.getByText('1–25 of 30').waitFor();

    await page.getByRole('button', { name: 'Filter', exact: true }).click();
    await page.getByRole('button', { name: 'Write JSON' }).click();
    await page.getByLabel('Filter as JSON').fill('{"$or":[{"views":10},{"views":20}]}');
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByText('1–2 of 2').waitFor();
  });
});

test('columns are picked and ordered, and stay', async (t) => {
  await inside(t, {}, async (page) => {
    await page.goto('/admin/content/posts?sort=-title');
    await row(page, 'Post 30').waitFor();
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByLabel('Views', { exact: true }).check();
    await page.getByRole('button', { name: 'Move Views to the left' }).click();
    await page.keyboard.press('Escape');
    await page.reload();
    await page.getByRole('columnheader', { name: 'Views' }).waitFor();
  });
});

test('picked entries are published and deleted after a question', async (t) => {
  await inside(t, {}, async (page) => {
    await page.goto('/admin/content/posts?sort=title');
    await row(page, 'Post 01').waitFor();
    await page.getByLabel('Pick Post 01').check();
    await page.getByLabel('Pick Post 03').click({ modifiers: ['Shift'] });
    const bar = page.getByRole('region', { name: 'Picked entries' });
    await bar.getByText('3 picked').waitFor();
    assert.equal(await page.getByLabel('Pick Post 02').isChecked(), true);
    await accessible(page, 'list with picked rows');
    await bar.getByRole('button', { name: 'Publish', exact: true }).click();
    await toast(page, '3 entries published');
    await row(page, 'Post 03').getByText('Published').waitFor();
    await page.getByLabel('Pick Post 01').check();
    await page.getByLabel('Pick Post 02').check();
    await bar.getByRole('button', { name: 'Move to trash…' }).click();
    const question = page.getByRole('dialog', { name: 'Move 2 entries to the trash?' });
    await question.waitFor();
    await accessible(page, 'question before the trash');
    await page.keyboard.press('Escape');
    await question.waitFor({ state: 'detached' });
    await bar.getByRole('button', { name: 'Move to trash…' }).click();
    await question.getByRole('button', { name: 'Move to trash' }).click();
    await toast(page, '2 entries moved to the trash');
    await page.getByText('1–25 of 28').waitFor();
  });
});

test('a new entry of every kind is written, saved and read back', async (t) => {
  await inside(t, {}, async (page) => {
    await page.goto('/admin/content/samples/new');
    await page.locator('#f-title').fill('Über alles Mögliche');
    await page.getByRole('button', { name: 'Make from “Title”' }).click();
    await page.locator('#f-notes').fill('two\nlines');
    await page.locator('#f-body').fill('rich');
    await page.locator('#f-snippet .cm-content').fill('int x;\n\tx = 1;');
    await page.getByRole('switch', { name: /Active/ }).press('Space');
    await page.locator('#f-rating').fill('4,5');
    await page.locator('#f-level').selectOption('high');
    await page.getByLabel('editors').check();
    await page.locator('#f-tags').fill('one, two');
    await page.locator('#f-tags').press('Enter');
    await page.locator('#f-day').fill('2026-11-21');
    await page.locator('#f-at').fill('09:30');
    await page.locator('#f-starts').fill('2026-11-21T18:00');
    await page.locator('#f-accent').fill('#0f6b62');
    await page.locator('#f-email').fill('ada@example.org');
    await page.locator('#f-link').fill('https://example.org/');
    await page.locator('#f-author').fill('alan');
    await page.getByRole('option', { name: 'Alan Kay' }).waitFor();
    await page.locator('#f-author').press('Enter');
    for (const name of ['Post 05', 'Post 06']) {
      await page.locator('#f-related').fill(name);
      await page.getByRole('option', { name }).click();
    }
    await page.getByRole('button', { name: 'Move Post 06 up' }).click();
    await page.locator('#f-extra .cm-content').fill('{"a": [1, 2');
    await page.getByText(/This is not JSON yet/).waitFor();
    await page.locator('#f-extra .cm-content').fill('{"a": [1, 2]}');
    await page.locator('#f-seo-title').fill('Everything');
    await page.getByRole('button', { name: 'Add to Links' }).click();
    await page.locator('#f-links-0-label').fill('Home');
    await page.locator('#f-links-0-url').fill('https://example.org/');
    await page.getByRole('button', { name: 'Save draft' }).click();
    await toast(page, 'Saved');
    await page.waitForURL(/samples\/[^n][^/]*$/);
    await page.reload();
    await page.locator('#f-title').waitFor();
    assert.equal(await page.inputValue('#f-starts'), '2026-11-21T18:00');
    assert.equal(await page.inputValue('#f-rating'), '4.5');
    assert.deepEqual(JSON.parse((await page.locator('#f-extra .cm-line').allTextContents()).join('')), { a: [1, 2] });

    const [item] = (await call(page, 'GET', '/api/content/items/samples?state=any&limit=1&skip=0')).data;
    assert.equal(item._state, 0);
    assert.equal(item.slug, 'uber-alles-mogliche');
    assert.equal(item.notes, 'two\nlines');
    assert.equal(item.body, '<p>rich</p>');
    assert.equal(item.active, true);
    assert.equal(item.rating, 4.5);
    assert.equal(item.level, 'high');
    assert.deepEqual(item.audience, ['editors']);
    assert.deepEqual(item.tags, ['one', 'two']);
    assert.equal(item.day, '2026-11-21');
    assert.equal(Date.parse(item.starts), Date.parse('2026-11-21T17:00:00Z'));
    assert.equal(item.author._model, 'authors');
    assert.deepEqual(item.related.map((one) => one._id), [posts[5]._id, posts[4]._id]);
    assert.deepEqual(item.links, [{ label: 'Home', url: 'https://example.org/' }]);

    await page.getByRole('button', { name: 'Publish', exact: true }).click();
    await page.getByRole('dialog', { name: /^Publish/ }).getByRole('button', { name: 'Publish only this' }).click();
    await toast(page, 'Published');
    await page.getByRole('button', { name: 'More about publishing' }).click();
    await page.getByRole('menuitem', { name: 'Unpublish' }).click();
    await toast(page, 'Unpublished');
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Delete…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.waitForURL('**/content/samples');
    await page.getByText('No entries yet').waitFor();
  });
});

test('faults of the server stand beside their fields', async (t) => {
  await inside(t, {}, async (page) => {
    page.expectsRefusal = true;
    await page.goto('/admin/content/samples/new');
    await page.locator('#f-email').fill('no address');
    await page.getByRole('button', { name: 'Add to Links' }).click();
    await page.getByRole('button', { name: 'Publish', exact: true }).click();
    await page.getByText(/fields need attention/).waitFor();
    for (const id of ['f-email', 'f-links-0-label']) {
      await page.locator(`#${id}-fault`).waitFor();
      assert.equal(await page.locator(`#${id}`).getAttribute('aria-invalid'), 'true', id);
    }
    await until(async () => (await focused(page)) === 'f-links-0-label', 'the first fault has the focus');
    await accessible(page, 'entry with faults');
    await page.getByRole('link', { name: 'Email' }).click();
    assert.equal(await focused(page), 'f-email');
    await page.locator('#f-email').fill('ada@example.org');
    await page.locator('#f-email-fault').waitFor({ state: 'detached' });
    // A draft may lack what is required; what is published may not.
    await page.locator('#f-links-0-label').fill('Home');
    await page.getByRole('button', { name: 'Publish', exact: true }).click();
    await page.locator('#f-title-fault').waitFor();
    await until(async () => (await focused(page)) === 'f-title', 'what is missing has the focus');
  });
});

test('a single is one form, saved the first time and changed after', async (t) => {
  await inside(t, {}, async (page) => {
    page.expectsRefusal = true; // never saved: 404
    await page.goto('/admin/content/site');
    await page.locator('#f-name').fill('The Vitrine');
    await page.getByRole('button', { name: 'Save draft' }).click();
    await toast(page, 'Saved');
    await page.locator('#f-tagline').fill('Things worth keeping');
    await page.keyboard.press('Control+s');
    await until(async () => (await call(page, 'GET', '/api/content/item/site?state=any&perspective=draft')).tagline === 'Things worth keeping', 'the second save');
  });
});

test('a session that ended asks for the password and keeps the form', async (t) => {
  const page = await openPage(house.browser, house.url);
  page.expectsRefusal = true;
  await signIn(page);
  await page.getByRole('link', { name: 'Posts', exact: true }).first().click();
  await page.fill('[type=search]', '21');
  await page.getByRole('link', { name: 'Post 21' }).click();
  await page.locator('#f-lead').fill('typed before the end');
  await page.context().clearCookies();
  await page.keyboard.press('Control+s');
  const dialog = page.getByRole('dialog', { name: 'Your session has ended' });
  await dialog.waitFor();
  await accessible(page, 'session ended');
  await dialog.getByLabel('Password', { exact: true }).fill(person.password);
  await page.keyboard.press('Enter');
  await toast(page, 'Saved');
  await page.getByRole('button', { name: /Account/ }).click();
  await accessible(page, 'account menu');
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await page.goto('/admin/content/posts');
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  page.quiet();
  await page.context().close();
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
        };
        await look('/', page.getByRole('heading', { name: /Ada/ }), 'home');
        await look('/content/posts?sort=-title', page.getByRole('link', { name: 'Post 25' }), 'list');
        await look('/content/posts?filter={"views":{"$gt":100},"featured":true}&q=post', page.getByText('Views is more than 100'), 'list with filters');
        await look('/content/posts?q=nowhere', page.getByText('Nothing matches'), 'list without a match');
        await look('/content/events', page.getByText('No entries yet'), 'empty list');
        await look(`/content/posts/${posts[12]._id}`, page.locator('#f-title'), 'entry');
        await look('/content/samples/new', page.locator('#f-title'), 'new entry of every kind');
        await look('/content/site', page.locator('#f-name'), 'single');
        await look('/content/nowhere', page.getByText('There is nothing here'), 'nothing here');
        await look('/content/posts/000000000000000000000000', page.getByText('This entry does not exist'), 'no such entry');
        if (width < 900) {
          await page.getByRole('button', { name: 'Open the navigation' }).click();
          await page.getByRole('button', { name: 'Close the navigation' }).waitFor();
          await accessible(page, 'navigation drawer');
          await page.keyboard.press('Escape');
        } else {
          await page.locator('h1').focus();
          await page.keyboard.press('?');
          await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
          await accessible(page, 'shortcuts');
        }
        const outside = await openPage(house.browser, house.url, { theme, width });
        await outside.goto('/admin/sign-in');
        await outside.locator('#user').waitFor();
        await accessible(outside, 'sign in');
        await fits(outside, 'sign in');
        outside.quiet();
        await outside.context().close();
      });
    });

test('the server keeps the promises of its headers', async () => {
  const response = await fetch(`${house.url}/admin/`);
  const policy = response.headers.get('content-security-policy') ?? '';
  for (const part of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'"])
    assert.ok(policy.includes(part), part);
  assert.ok(!/unsafe-eval|script-src[^;]*unsafe-inline/.test(policy));
  assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
  assert.match(await response.text(), /<title>Vitrine<\/title>/);
  assert.equal((await fetch(`${house.url}/admin/_built/none.js`)).status, 404);
  assert.equal((await fetch(`${house.url}/admin/content/posts`)).status, 200);
  assert.equal((await fetch(`${house.url}/admin/assets/0123456789abcdef01234567`)).status, 200);
});
