// The entry list: how it is asked, how it is shown, and what is done with many entries at once.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { accessible, fits } from './browser.mjs';
import { openHouse } from './house.mjs';

const posts = [];
const house = openHouse({
  signedIn: true,
  make: async ({ api }) => {
    const item = (model, data) => api('POST', `/api/content/item/${model}`, { data });
    const author = await item('authors', { name: 'Grace Hopper', email: 'grace@example.org' });
    const other = await item('authors', { name: 'Alan Kay', email: 'alan@example.org' });
    const two = (n) => String(n).padStart(2, '0');
    const made = Array.from({ length: 60 }, (_one, i) => ({
      title: `Post ${two(i + 1)}`,
      slug: `post-${i + 1}`,
      lead: i === 6 ? 'About a rare pangolin & its <scales>' : `Number ${i + 1}`,
      views: (i + 1) * 10,
      tags: [i % 2 ? 'even' : 'odd'],
      author: i % 3 ? author._id : other._id,
      appears: `2026-11-${two((i % 28) + 1)}`,
      _state: i % 4 ? 1 : 0,
    }));
    posts.push(...(await api('POST', '/api/content/items/posts', made)));
    const news = await item('categories', { name: 'News' });
    await item('categories', { name: 'Craft' });
    await item('categories', { name: 'Releases', _pid: news._id });
    for (const [title, level] of [['One', 'low'], ['Two', 'low'], ['Three', 'high'], ['Four', null]]) await item('samples', { title, level, notes: 'Some notes' });
    await item('events', { name: 'Opening', starts: '2026-11-10T17:00:00Z' });
    await item('events', { name: 'Closing', starts: '2026-11-20T17:00:00Z' });
  },
});
const { row, toast, until, focused, api } = house;
// Somebody else may be building on the same machine: nothing here is about speed.
const inside = (t, options, work) => house.inside(t, options, (page) => (page.setDefaultTimeout(30_000), work(page)));
const bar = (page) => page.getByRole('region', { name: 'Picked entries' });
const post = async (id) => api('GET', `/api/content/item/posts/${id}?state=any&perspective=draft`);

test('a page is there before it is counted, pages follow by cursor, and a link leads to the same one', async (t) => {
  await inside(t, {}, async (page) => {
    let open;
    const gate = new Promise((done) => (open = done));
    await page.route(/count=only/, async (route) => {
      await gate;
      await route.continue();
    });
    await page.goto('/admin/content/posts?sort=title');
    await row(page, 'Post 01').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Next' }).isEnabled(), true);
    open();
    await page.getByText('1–25 of 60', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    await row(page, 'Post 26').waitFor();
    await page.getByText('26–50 of 60').waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('51–60 of 60').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Next' }).isDisabled(), true);
    await page.getByRole('button', { name: 'Previous' }).click();
    await row(page, 'Post 26').waitFor();
    await page.reload();
    await row(page, 'Post 26').waitFor();
    await page.getByText('26–50 of 60').waitFor();
    await page.goBack();
    await row(page, 'Post 51').waitFor();
    await page.getByLabel('Per page').selectOption('100');
    await page.getByText('1–60 of 60').waitFor();
  });
});

test('words are searched everywhere, and hits are marked as text', async (t) => {
  await inside(t, {}, async (page) => {
    await page.goto('/admin/content/posts');
    await row(page, 'Post 60').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('pangol');
    await until(async () => (await page.getByRole('row').count()) === 2, 'one row is left');
    assert.equal(await page.locator('mark').first().textContent(), 'pangolin');
    assert.match(await row(page, 'Post 07').textContent(), /its <scales/);
    await page.getByRole('searchbox').fill('"post 07"');
    await until(async () => (await page.locator('mark').allTextContents()).join(' ').includes('Post'), 'the name is marked');
    await page.getByRole('searchbox').fill('-post');
    page.forget();
    await page.getByText('There must be a word that is looked for').first().waitFor();
    page.forget();
    await page.getByRole('button', { name: 'Remove search and filters' }).click();
    await row(page, 'Post 60').waitFor();
  });
});

test('filters go through relations, relative dates and groups, by keyboard, and as JSON', async (t) => {
  await inside(t, {}, async (page) => {
    await page.goto('/admin/content/posts?sort=title');
    await row(page, 'Post 01').waitFor();
    await page.keyboard.press('f');
    await page.locator('#filter-field').selectOption('author');
    await page.getByLabel('Author: which of its fields').selectOption('name');
    await page.locator('#filter-op').selectOption('$eq');
    await page.locator('#filter-value').fill('Alan Kay');
    await page.keyboard.press('Enter');
    await page.getByText('Author › Name is Alan Kay').waitFor();
    await page.getByText('1–20 of 20').waitFor();
    assert.deepEqual(JSON.parse(new URL(page.url()).searchParams.get('filter')), { 'author.name': 'Alan Kay' });

    // Groups: a condition more, in an alternative.
    await page.getByRole('button', { name: /^Change the filter/ }).click();
    const drawer = page.getByRole('dialog', { name: 'Filter' });
    await drawer.getByLabel('How the conditions go together').selectOption('or');
    await drawer.getByRole('button', { name: 'Condition', exact: true }).press('Enter');
    const second = drawer.locator('.line').nth(1);
    await second.getByLabel('Field', { exact: true }).selectOption('views');
    await second.getByLabel('Condition', { exact: true }).selectOption('$between');
    await drawer.getByRole('button', { name: 'Apply' }).press('Enter');
    await drawer.getByText('A value is needed that fits the field.').waitFor();
    await second.getByLabel('Value', { exact: true }).fill('20');
    await second.getByLabel('Upper end').fill('30');
    await accessible(page, 'filter builder');
    await drawer.getByRole('button', { name: 'Apply' }).press('Enter');
    await page.getByText('Author › Name is Alan Kay or Views is between 20 and 30').waitFor();
    await page.getByText('1–22 of 22').waitFor();

    await page.getByRole('button', { name: /Remove the filter/ }).click();
    await page.getByRole('button', { name: 'Filter', exact: true }).click();
    await page.locator('#filter-field').selectOption('_created');
    await page.locator('#filter-op').selectOption('$gte');
    await page.getByLabel('Value: how').selectOption('ago');
    await page.locator('#filter-value').fill('2');
    await page.locator('#filter-value').press('Tab');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByText('Created is on or after 2 days ago').waitFor();
    await page.getByText('1–25 of 60').waitFor();
    assert.deepEqual(JSON.parse(new URL(page.url()).searchParams.get('filter')), { _created: { $gte: '$now(-2 days)' } });

    await page.getByRole('button', { name: 'Filter', exact: true }).click();
    await page.getByRole('button', { name: 'Write JSON' }).click();
    await page.getByLabel('Filter as JSON').fill('{"vie');
    await page.getByRole('button', { name: 'views', exact: true }).click();
    await page.keyboard.type(': 20}');
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByText('Views is 20').waitFor();
    await page.getByText('1–1 of 1').waitFor();

    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'More', exact: true }).click();
    await page.getByRole('menuitem', { name: 'Copy API URL' }).click();
    await toast(page, 'Copied the address');
    const url = new URL(await page.evaluate(() => navigator.clipboard.readText()));
    assert.deepEqual([url.pathname, url.searchParams.get('filter')], ['/api/content/items/posts', '{"views":20}']);
    const [only] = await api('GET', url.pathname + url.search);
    assert.equal(only.title, 'Post 02');
  });
});

test('the order has several fields, and columns come through a relation, in any order and width', async (t) => {
  await inside(t, {}, async (page) => {
    await page.goto('/admin/content/posts');
    await row(page, 'Post 60').waitFor();
    await page.getByRole('button', { name: 'Author', exact: true }).click();
    await page.getByRole('button', { name: 'Title', exact: true }).click({ modifiers: ['Shift'] });
    assert.match(page.url(), /sort=author\.name%2Ctitle/);
    await until(async () => /Post 01/.test(await page.getByRole('row').nth(1).textContent()), 'Alan’s first post is first');
    await page.getByRole('button', { name: 'Sort', exact: false }).first().click();
    await page.getByLabel('Direction of Title').selectOption('down');
    await until(async () => /Post 58/.test(await page.getByRole('row').nth(1).textContent()), 'and then his last');
    await page.getByRole('button', { name: 'Do not sort by Author › Name' }).click();
    await page.getByLabel('Sort by one more').selectOption('views');
    await page.keyboard.press('Escape');
    await row(page, 'Post 60').waitFor();

    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByRole('combobox', { name: 'Relation' }).selectOption('author');
    await page.getByRole('combobox', { name: 'Its field' }).selectOption('email');
    await page.getByRole('button', { name: 'Add the column' }).click();
    await page.getByRole('button', { name: 'Move Author › Email to the left' }).click();
    await accessible(page, 'columns');
    await page.keyboard.press('Escape');
    await page.getByText('grace@example.org').first().waitFor();
    await page.getByRole('separator', { name: 'Width of Title' }).focus();
    const width = () => page.getByRole('columnheader', { name: 'Title' }).evaluate((head) => head.offsetWidth);
    const before = await width();
    await page.keyboard.press('ArrowRight');
    await until(async () => (await width()) > before, 'the column is wider');
    await page.reload();
    await page.getByRole('columnheader', { name: 'Author › Email' }).waitFor();
    assert.equal(await width() > before, true);
  });
});

test('short fields are edited where they stand, and never over somebody else’s work', async (t) => {
  await inside(t, {}, async (page) => {
    page.expectsRefusal = true;
    await page.goto('/admin/content/posts?sort=title&columns=title,views,appears');
    await row(page, 'Post 01').waitFor();
    await page.locator('h1').focus();
    await page.keyboard.press('j');
    await page.keyboard.press('e');
    await page.getByRole('textbox', { name: 'Title' }).waitFor();
    await page.keyboard.press('Control+A');
    await page.keyboard.type('Post 01, edited');
    await page.keyboard.press('Tab');
    await page.getByRole('textbox', { name: 'Views' }).waitFor();
    await accessible(page, 'inline editing');
    await page.keyboard.type('many');
    await page.keyboard.press('Enter');
    await page.getByText('This is not a number.').waitFor();
    await page.keyboard.press('Escape');
    await until(async () => (await focused(page)) === 'Post 01, edited', 'the row has the focus again');
    assert.equal((await post(posts[0]._id)).title, 'Post 01, edited');
    assert.equal((await post(posts[0]._id)).views, 10);

    // A published entry keeps what its readers see.
    await row(page, 'Post 02').getByRole('cell', { name: '20', exact: true }).dblclick();
    await page.getByRole('textbox', { name: 'Views' }).fill('-5');
    await page.keyboard.press('Enter');
    await page.locator('#inline-fault[role=alert]').waitFor();
    await page.getByRole('textbox', { name: 'Views' }).fill('21');
    await page.keyboard.press('Enter');
    await row(page, 'Post 02').getByText('Changed').waitFor();
    assert.equal((await api('GET', `/api/content/item/posts/${posts[1]._id}`)).views, 20);

    await row(page, 'Post 03').getByRole('cell', { name: '30', exact: true }).dblclick();
    await page.route(
      '**/api/content/item/posts/**',
      async (route) => {
        await api('PATCH', `/api/content/item/posts/${posts[2]._id}`, { views: 33 });
        await route.continue();
      },
      { times: 1 },
    );
    await page.getByRole('textbox', { name: 'Views' }).fill('34');
    await page.keyboard.press('Enter');
    await page.getByText('“Post 03” was changed meanwhile. Your change of “Views” was not saved.').waitFor();
    await row(page, 'Post 03').getByRole('cell', { name: '33', exact: true }).waitFor();
  });
});

test('many entries at once: a range, all that match, and every refusal is told', async (t) => {
  for (const lead of ['first', 'second']) await api('POST', '/api/content/item/posts?perspective=draft', { data: { lead: `nameless ${lead}` } });
  await inside(t, {}, async (page) => {
    page.expectsRefusal = true;
    await page.goto('/admin/content/posts?filter={"_state":0}&sort=views');
    await page.getByText('1–17 of 17').waitFor();
    await page.getByLabel('Pick all on this page').check();
    await bar(page).getByText('17 picked').waitFor();
    await bar(page).getByRole('button', { name: 'Publish', exact: true }).click();
    const told = page.getByRole('dialog', { name: '15 done, 2 refused' });
    await told.getByText(/title/i).first().waitFor();
    await accessible(page, 'what was refused');
    await told.getByRole('button', { name: 'Close' }).first().click();
    await bar(page).getByText('2 picked').waitFor();
    await bar(page).getByRole('button', { name: 'Move to trash…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Move to trash' }).click();
    await toast(page, '2 entries moved to the trash');

    await page.goto('/admin/content/posts?filter={"views":{"$gt":100}}&sort=title');
    await page.getByText('1–25 of 50').waitFor();
    await page.getByLabel('Pick Post 11').check();
    await page.getByLabel('Pick Post 14').click({ modifiers: ['Shift'] });
    await bar(page).getByText('4 picked').waitFor();
    await page.getByLabel('Pick all on this page').check();
    await bar(page).getByRole('button', { name: 'Pick all 50' }).click();
    await bar(page).getByText('50 picked').waitFor();
    await bar(page).getByRole('button', { name: 'Set fields…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Set fields of 50 entries' });
    await dialog.getByLabel('Field to set').selectOption('tags');
    await dialog.locator('#f-tags').fill('bulk');
    await page.keyboard.press('Enter');
    await accessible(page, 'set fields');
    await dialog.getByRole('button', { name: 'Set', exact: true }).click();
    await toast(page, '50 entries changed');
    const tagged = await api('GET', '/api/content/items/posts?count=only&state=any&filter={"tags":"bulk"}');
    assert.equal(tagged.meta.total, 50);
    assert.deepEqual((await post(posts[20]._id)).tags, ['odd', 'bulk']);

    await page.getByLabel('Pick Post 11').check();
    await bar(page).getByRole('button', { name: 'Schedule…' }).click();
    await page.getByLabel('What', { exact: true }).selectOption('unpublish');
    await page.getByLabel('When').fill('2020-01-01T10:00');
    await page.getByRole('button', { name: 'Schedule', exact: true }).click();
    await page.getByText('This moment is over.').waitFor();
    await page.getByLabel('When').fill('2999-01-01T10:00');
    await page.getByRole('button', { name: 'Schedule', exact: true }).click();
    await toast(page, '1 entry scheduled');
    await page.goto('/admin/releases/planned');
    await row(page, 'Post 11').getByText('Unpublish').waitFor();
    await page.getByRole('button', { name: 'Call off the plan for Post 11' }).click();
    await page.getByText('Nothing is planned').waitFor();
  });
});

test('entries are exported as they are shown', async (t) => {
  await inside(t, {}, async (page) => {
    await page.goto('/admin/content/posts?filter={"views":{"$gte":500}}&sort=-views&columns=title,author.name,views');
    await row(page, 'Post 60').waitFor();
    const save = async (format) => {
      await page.getByRole('button', { name: 'More', exact: true }).click();
      await page.getByRole('menuitem', { name: 'Export…' }).click();
      await page.getByLabel(format).check();
      if (format === 'CSV, for spreadsheets') await accessible(page, 'export');
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export', exact: true }).click()]);
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      return readFileSync(await download.path(), 'utf8');
    };
    const csv = (await save('CSV, for spreadsheets')).trim().split('\r\n');
    assert.equal(csv.length, 12);
    assert.match(csv[1], /,Post 60,Grace Hopper,600$/);
    const lines = (await save('NDJSON, an entry a line')).trim().split('\n').map((line) => JSON.parse(line));
    assert.deepEqual([lines.length, lines[0].title], [11, 'Post 60']);
  });
});

test('what is deleted waits in the trash, comes back, or goes for good', async (t) => {
  await inside(t, {}, async (page) => {
    await page.goto('/admin/content/posts?filter={"title":{"$in":["Post 58","Post 59"]}}&sort=title');
    await page.getByText('1–2 of 2').waitFor();
    await page.getByLabel('Pick all on this page').check();
    await bar(page).getByRole('button', { name: 'Move to trash…' }).click();
    await accessible(page, 'question before the trash');
    await page.getByRole('dialog', { name: 'Move 2 entries to the trash?' }).getByRole('button', { name: 'Move to trash' }).click();
    await toast(page, '2 entries moved to the trash');
    await page.getByRole('button', { name: 'More', exact: true }).click();
    await page.getByRole('menuitem', { name: 'Trash' }).click();
    await page.getByRole('heading', { name: 'Trash of Posts' }).waitFor();
    await row(page, 'Post 58').getByText('30 days').waitFor();
    await page.getByRole('button', { name: 'Restore Post 58' }).press('Enter');
    await toast(page, '1 entry restored');
    await row(page, 'Post 58').waitFor({ state: 'detached' });
    assert.equal((await post(posts[57]._id))._state, 1);
    await page.getByRole('button', { name: 'Delete Post 59 for good' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete for good' }).click();
    await toast(page, '1 entry deleted for good');
    await row(page, 'Post 59').waitFor({ state: 'detached' });
  });
});

test('cards of a board move by their menu and by dragging', async (t) => {
  await inside(t, {}, async (page) => {
    await page.goto('/admin/content/samples?as=board&by=level');
    const column = (name) => page.getByRole('region', { name, exact: true });
    await column('Low').getByRole('link', { name: 'One' }).waitFor();
    await column('Without Level').getByRole('link', { name: 'Four' }).waitFor();
    await page.getByRole('button', { name: 'Move One' }).press('Enter');
    await page.getByRole('menuitem', { name: 'High' }).press('Enter');
    await toast(page, '“One” is in “High” now');
    await column('High').getByRole('link', { name: 'One' }).waitFor();
    await column('Low').getByRole('listitem').filter({ hasText: 'Two' }).dragTo(column('High'));
    await column('High').getByRole('link', { name: 'Two' }).waitFor();
    await until(async () => (await api('GET', '/api/content/items/samples?count=only&state=any&perspective=draft&filter={"level":"high"}')).meta.total === 3, 'three are high');
    await page.getByLabel('Columns by').selectOption('_state');
    await column('Draft').waitFor();
    assert.match(page.url(), /by=_state/);
    await page.getByRole('button', { name: 'Move Three' }).click();
    await page.getByRole('menuitem', { name: 'Archived' }).click();
    await column('Archived').getByRole('link', { name: 'Three' }).waitFor();
  });
});

test('entries of a calendar move to another day, and keep their time', async (t) => {
  await inside(t, {}, async (page) => {
    await page.goto('/admin/content/events?as=calendar&month=2026-11');
    await page.getByRole('heading', { name: 'November 2026' }).waitFor();
    const day = (date) => page.getByRole('cell').filter({ hasText: date });
    await day('November 10, 2026').getByRole('link', { name: /Opening/ }).waitFor();
    await page.getByRole('button', { name: 'Move Opening to another day' }).press('Enter');
    await page.getByLabel('To which day').fill('2026-11-12');
    await page.keyboard.press('Enter');
    await day('November 12, 2026').getByRole('link', { name: /Opening/ }).waitFor();
    await page.getByRole('listitem').filter({ hasText: 'Closing' }).dragTo(day('November 25, 2026'));
    await day('November 25, 2026').getByRole('link', { name: /Closing/ }).waitFor();
    await until(async () => (await api('GET', '/api/content/items/events?state=any&perspective=draft&fields=starts&sort=starts')).map((one) => Date.parse(one.starts)).join() === [Date.parse('2026-11-12T17:00:00Z'), Date.parse('2026-11-25T17:00:00Z')].join(), 'both moved, at their time');
    await page.getByRole('button', { name: 'Month after' }).click();
    await page.getByRole('heading', { name: 'December 2026' }).waitFor();
    assert.match(page.url(), /month=2026-12/);
  });
});

test('a tree moves its entries up, down, in and out by keyboard', async (t) => {
  await inside(t, {}, async (page) => {
    await page.goto('/admin/content/categories?as=tree');
    const order = async () => (await page.getByRole('list', { name: 'Tree of Categories' }).getByRole('link').allTextContents()).join();
    await page.getByRole('link', { name: 'Craft' }).waitFor();
    assert.equal(await order(), 'News,Releases,Craft');
    const way = (name) => page.getByRole('button', { name });
    // While one moves, none can: each waits until the tree is at rest.
    const go = async (name) => {
      await until(() => way(name).isEnabled(), `${name} can be pressed`);
      await way(name).press('Enter');
    };
    await go('Move Craft up');
    await until(async () => (await order()) === 'Craft,News,Releases', 'Craft is first');
    await go('Move Releases out');
    await until(async () => (await way('Move Releases out').isDisabled()) && (await way('Move News in').isEnabled()), 'Releases is at the top');
    await go('Move News in');
    await until(async () => (await page.getByRole('button', { name: 'What is below Craft' }).count()) === 1, 'News is below Craft');
    await page.getByRole('button', { name: 'What is below Craft' }).press('Enter');
    await until(async () => (await order()) === 'Craft,Releases', 'Craft is closed');
  });
});

test('a release gathers entries and publishes them at once, or says what stands in the way', async (t) => {
  const bad = await api('POST', '/api/content/item/posts?perspective=draft', { data: { lead: 'without a name' } });
  const good = await api('POST', '/api/content/item/posts?perspective=draft', { data: { title: 'Springtime' } });
  await inside(t, {}, async (page) => {
    page.expectsRefusal = true;
    await page.goto('/admin/releases');
    await page.getByText('No releases yet').waitFor();
    await page.getByRole('button', { name: 'New release' }).first().click();
    await page.getByLabel('Name').press('Enter');
    await page.getByText('A name is needed.').waitFor();
    await page.getByLabel('Name').fill('Spring');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Spring' }).waitFor();
    await page.getByRole('button', { name: 'Add an entry' }).click();
    await page.getByLabel('Collection').selectOption('posts');
    await page.getByLabel('Entry', { exact: true }).fill('Springtime');
    await page.getByRole('option', { name: /Springtime/ }).click();
    await page.getByRole('link', { name: 'Springtime' }).waitFor();

    await page.goto(`/admin/content/posts?filter=${encodeURIComponent(JSON.stringify({ _id: bad._id }))}`);
    await page.getByLabel('Pick all on this page').check();
    await bar(page).getByRole('button', { name: 'Add to release…' }).click();
    await page.getByLabel('Release', { exact: true }).fill('Spr');
    await page.getByRole('option', { name: 'Spring' }).click();
    await toast(page, '1 entry is in the release “Spring”');

    await page.goto('/admin/releases');
    await page.getByRole('link', { name: 'Spring' }).last().click();
    await page.getByRole('button', { name: 'Publish all' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Publish all' }).click();
    await page.getByText(/Nothing was changed/).waitFor();
    await accessible(page, 'a blocked release');
    assert.equal((await post(good._id))._state, 0);
    await page.getByRole('button', { name: `Take ${bad._id} out of the release` }).click();
    await page.getByRole('link', { name: bad._id }).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Publish all' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Publish all' }).click();
    await toast(page, 'The release is live: 1 entry');
    assert.equal((await post(good._id))._state, 1);
    await api('DELETE', `/api/content/item/posts/${bad._id}`);
  });
});

test('news of others is told, and shown when asked for', async (t) => {
  await inside(t, {}, async (page) => {
    const stream = page.waitForResponse((response) => response.url().includes('/api/events'));
    await page.goto('/admin/content/authors');
    await row(page, 'Alan Kay').waitFor();
    await stream;
    await api('POST', '/api/content/items/authors', [{ name: 'Barbara Liskov' }, { name: 'Frances Allen' }]);
    await page.getByRole('button', { name: '2 new – show' }).click();
    await row(page, 'Frances Allen').waitFor();
    const { _id } = (await api('GET', '/api/content/items/authors?state=any&filter={"name":"Alan Kay"}'))[0];
    await api('PATCH', `/api/content/item/authors/${_id}`, { name: 'Alan C. Kay' });
    await row(page, 'Alan C. Kay').waitFor();
    await api('PATCH', `/api/content/item/authors/${_id}`, { name: 'Alan Kay' });
  });
});

test('views are saved, shared, changed and deleted, where the server keeps them', async (t) => {
  const known = await api('GET', '/api/content/models');
  // A server without the collection gets one that looks like it.
  if (!known.some((model) => model.name === 'views'))
    await api('POST', '/api/content/models/apply', {
      definitions: [{ name: 'views', fields: [{ name: 'name', kind: 'text' }, { name: 'collection', kind: 'text' }, { name: 'kind', kind: 'text' }, { name: 'state', kind: 'object' }, { name: 'shared', kind: 'select', options: ['me', 'roles', 'everyone'] }, { name: 'roles', kind: 'ref', to: 'roles', many: true }, { name: 'owner', kind: 'ref', to: 'users', default: '$user' }] }],
    });
  await inside(t, {}, async (page) => {
    await page.goto('/admin/content/posts?filter={"views":{"$gt":500}}&sort=-views');
    await row(page, 'Post 60').waitFor();
    await page.getByRole('button', { name: 'Views', exact: true }).first().click();
    await page.getByRole('menuitem', { name: 'Save as a new view…' }).click();
    await page.getByLabel('Name').fill('Much read');
    await page.getByLabel('some roles').check();
    await page.getByLabel('Roles', { exact: true }).fill('adm');
    await page.getByRole('dialog').getByRole('option').first().click();
    await accessible(page, 'save a view');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await toast(page, 'The view “Much read” was saved');
    assert.match(page.url(), /view=/);

    await page.goto('/admin/content/posts');
    await page.getByRole('button', { name: 'Views', exact: true }).click();
    await page.getByRole('menuitem', { name: /Much read/ }).click();
    await page.getByText('Views is more than 500').waitFor();
    await page.getByRole('button', { name: /Remove the filter/ }).click();
    await page.getByRole('button', { name: /^Much read/ }).click();
    await page.getByRole('menuitem', { name: 'Save the changes to “Much read”' }).click();
    await toast(page, 'The view “Much read” was saved');
    const [saved] = await api('GET', '/api/content/items/views?state=any&filter={"collection":"posts"}');
    assert.equal(saved.state.filter, undefined);
    assert.equal(saved.state.sort, '-views');
    await page.getByRole('button', { name: /^Much read/ }).click();
    await page.getByRole('menuitem', { name: 'Delete the view…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Views', exact: true }).first().waitFor();
    assert.equal((await api('GET', '/api/content/items/views?state=any')).length, 0);
  });
});

test('who may only read sees no button that would be refused', async (t) => {
  const role = await api('POST', '/api/content/item/roles', { data: { name: 'onlookers' } });
  await api('POST', '/api/content/item/grants', { data: { role: role._id, collection: 'posts', verbs: ['read'] } });
  await api('POST', '/api/content/item/users', { data: { email: 'olga@example.org', name: 'Olga', password: 'looking but not touching', roles: [role._id] } });
  const storage = await house.signedInAs('olga@example.org', 'looking but not touching');
  await inside(t, { storage }, async (page) => {
    page.expectsRefusal = true;
    await page.goto('/admin/content/posts?sort=title');
    await row(page, 'Post 02').waitFor();
    assert.equal(await page.getByRole('link', { name: 'New entry' }).count(), 0);
    assert.equal(await page.getByRole('checkbox').count(), 0);
    await page.getByRole('button', { name: 'More', exact: true }).click();
    await page.getByRole('menuitem', { name: 'Copy API URL' }).waitFor();
    assert.equal(await page.getByRole('menuitem', { name: 'Trash' }).count(), 0);
    await page.keyboard.press('Escape');
    await row(page, 'Post 02').getByRole('cell').last().dblclick();
    assert.equal(await page.locator('td .input').count(), 0);
    await page.goto('/admin/content/posts?as=board&by=_state');
    await page.getByRole('link', { name: /^Post \d/ }).first().waitFor();
    assert.equal(await page.getByRole('button', { name: /^Move/ }).count(), 0);
    await page.goto('/admin/content/posts/trash');
    await page.getByText('This trash is closed to you').waitFor();
    await page.goto('/admin/releases');
    await page.getByText('There is nothing here').last().waitFor();
  });
});

for (const theme of ['light', 'dark'])
  for (const width of [1280, 320])
    test(`every screen of the list is accessible and fits: ${theme}, ${width} px`, async (t) => {
      await inside(t, { theme, width }, async (page) => {
        page.expectsRefusal = true;
        const look = async (path, ready, what) => {
          await page.goto(`/admin${path}`);
          await ready.first().waitFor();
          await accessible(page, what);
          await fits(page, what);
        };
        const link = (name) => page.getByRole('link', { name });
        await look('/content/posts?sort=title', link('Post 02'), 'table');
        if (width > 640) await page.getByLabel('Pick all on this page').check();
        else await page.getByLabel('Pick Post 02').check();
        await accessible(page, 'picked rows');
        await fits(page, 'picked rows');
        await look('/content/posts?q=post&sort=title&filter={"$or":[{"views":{"$gt":100}},{"tags":"even"}]}', page.locator('mark'), 'search and groups');
        await look('/content/posts?as=cards&sort=title', link('Post 02'), 'cards');
        await look('/content/posts?as=board&by=_state', link(/^Post \d/), 'board'); // the first of each column
        await look('/content/events?as=calendar&month=2026-11', link(/Opening/), 'calendar');
        await look('/content/categories?as=tree', link('Craft'), 'tree');
        await look('/content/posts/trash', page.getByRole('heading', { name: 'Trash of Posts' }), 'trash');
        await look('/releases', link('Spring'), 'releases');
        await look('/releases/planned?state=done', page.getByText('Nothing is planned'), 'plans');
        await page.goto('/admin/releases');
        await link('Spring').last().click();
        await link('Springtime').waitFor();
        await accessible(page, 'a release');
        await fits(page, 'a release');
      });
    });
