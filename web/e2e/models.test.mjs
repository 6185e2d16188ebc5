// The model builder: changes are collected, told before they are done, and done at once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessible, fits } from './browser.mjs';
import { openHouse } from './house.mjs';

const definition = async (house, name) => (await house.api('GET', `/api/content/items/collections?filter=${encodeURIComponent(JSON.stringify({ name }))}`))[0]?.definition;
const films = { name: 'films', label: 'Films', fields: [{ name: 'title', kind: 'text', required: true }, { name: 'year', kind: 'number' }, { name: 'notes', kind: 'text' }] };

const house = openHouse({
  signedIn: true,
  make: async (at) => {
    await at.api('POST', '/api/content/models/apply', {
      definitions: [
        films,
        { name: 'books', label: 'Books', fields: [{ name: 'title', kind: 'text', required: true }, { name: 'released', kind: 'text' }] },
        { name: 'shops', label: 'Shops', fields: [{ name: 'title', kind: 'text' }, { name: 'town', kind: 'text' }] },
        { name: 'hero', label: 'Hero', shape: 'component', fields: [{ name: 'heading', kind: 'text' }] },
        { name: 'recent', label: 'Recent films', view: { from: 'films', filter: { title: { $ne: null } } } },
      ],
    });
    for (const [title, year, notes] of [['Metropolis', 1927, 'silent'], ['Alphaville', 1965, 'night'], ['Solaris', 1972, null]])
      await at.api('POST', '/api/content/item/films', { data: { title, year, notes, _state: 1 } });
    for (const title of ['Emma', 'Persuasion']) await at.api('POST', '/api/content/item/books', { data: { title, _state: 1 } });
    const role = await at.api('POST', '/api/content/item/roles', { data: { name: 'looker' } });
    await at.api('POST', '/api/content/item/grants', { data: { role: role._id, collection: 'collections', verbs: ['read'] } });
    await at.api('POST', '/api/content/item/grants', { data: { role: role._id, collection: 'films', verbs: ['read'] } });
    await at.api('POST', '/api/content/item/grants', { data: { role: role._id, collection: 'books', verbs: ['read'] } });
    const blind = await at.api('POST', '/api/content/item/roles', { data: { name: 'blind' } });
    await at.api('POST', '/api/content/item/grants', { data: { role: blind._id, collection: 'films', verbs: ['read'] } });
    for (const [name, its] of [['looker', role], ['blind', blind]])
      await at.api('POST', '/api/content/item/users', { data: { name, email: `${name}@example.org`, password: 'a horse and a battery', roles: [its._id], active: true } });
  },
});
const { inside, toast, until } = house;
const discard = (page) => page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('vitrine.models')).forEach((key) => localStorage.removeItem(key)));

test('a collection made of a sample by keyboard is used at once', async (t) => {
  await inside(t, {}, async (page) => {
    await page.goto('/admin/models');
    await page.getByRole('link', { name: 'New model' }).focus();
    await page.keyboard.press('Enter');
    await page.getByLabel('Title', { exact: true }).focus();
    await page.keyboard.type('Concerts 2027');
    assert.equal(await page.getByLabel('API name').getAttribute('placeholder'), 'concerts_2027');
    await page.getByRole('radio', { name: /A title/ }).focus();
    await page.keyboard.press('ArrowDown');
    await page.getByLabel('Sample', { exact: true }).fill('{"title":"Quartet","price":12.5,"day":"2027-01-01","free":false,"tags":["strings"]}');
    await page.getByText('5 fields were found').waitFor();
    await page.getByRole('button', { name: 'Go on' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Concerts 2027' }).waitFor();

    await page.getByRole('button', { name: 'Add a field' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('searchbox', { name: 'Find a kind' }).waitFor();
    await page.keyboard.type('belongs');
    await page.keyboard.press('Enter');
    await until(() => page.evaluate(() => document.activeElement?.id === 'add-label'), 'the title of the field has the focus');
    await page.keyboard.type('Shown with');
    await page.keyboard.press('Enter');
    await page.getByText('Choose at least one.').waitFor();
    await page.getByRole('checkbox', { name: 'films' }).focus();
    await page.keyboard.press('Space');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Edit Shown with' }).waitFor();
    await page.getByRole('button', { name: 'Move Shown with up' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('Shown with moved to place 5').waitFor({ state: 'attached' });

    await page.getByRole('link', { name: 'Preview changes (1)' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('concerts_2027 is added').waitFor();
    await page.getByText('Nothing is lost').waitFor();
    await page.getByText('Concerts2027', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Apply', exact: true }).focus();
    await page.keyboard.press('Enter');
    await toast(page, 'The model was changed');
    await page.getByRole('link', { name: 'Entries', exact: true }).click();
    await page.getByText('No entries yet').waitFor();
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: /Concerts 2027/ }).waitFor();
  });
  const made = await house.api('POST', '/api/content/item/concerts_2027', { data: { title: 'Trio', price: 9 } });
  assert.equal(made.price, 9);
  assert.deepEqual((await definition(house, 'concerts_2027')).fields.map((field) => field.name), ['title', 'price', 'day', 'free', 'shown_with', 'tags']);
});

test('what is lost is counted, and wants a word', async (t) => {
  await inside(t, {}, async (page) => {
    await page.goto('/admin/models/films');
    await page.getByRole('button', { name: 'Edit Year' }).click();
    await page.getByRole('dialog').getByLabel('Kind').selectOption('Text');
    await page.getByRole('dialog').getByLabel('Name for programs').fill('released');
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByText('Was year', { exact: true }).waitFor();
    assert.equal(new URL(page.url()).search, '');
    await page.getByRole('button', { name: 'Take Notes out' }).click();
    await page.getByRole('list', { name: 'Fields that go away' }).getByText('Notes', { exact: true }).waitFor();
    // What was collected survives a reload.
    await page.reload();
    await page.getByRole('link', { name: 'Preview changes (2)' }).click();
    await page.getByText('2 values are lost').waitFor();
    await page.getByText('notes and its values are dropped').waitFor();
    await page.getByText('3 entries touched').first().waitFor();
    await page.getByText('Film.released').first().waitFor();
    await page.getByRole('button', { name: 'Apply, and lose values' }).click();
    const dialog = page.getByRole('dialog');
    await accessible(page, 'confirm');
    assert.equal(await dialog.getByRole('button', { name: 'Apply' }).isDisabled(), true);
    await dialog.getByLabel('Type films to go on').fill('films');
    await page.keyboard.press('Enter');
    await toast(page, 'The model was changed');
    await page.getByRole('button', { name: 'Edit Released' }).waitFor();
  });
  const items = await house.api('GET', '/api/content/items/films?sort=title');
  assert.deepEqual(items.map((item) => [item.title, item.released, 'notes' in item]), [['Alphaville', '1965', false], ['Metropolis', '1927', false], ['Solaris', '1972', false]]);
});

test('a plan that went stale is made anew on top of what somebody else changed', async (t) => {
  await inside(t, {}, async (page) => {
    page.expectsRefusal = true;
    await page.goto('/admin/models/shops?field=town');
    await page.getByRole('dialog').getByLabel('Title').fill('City');
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Add a field' }).click();
    await page.getByRole('searchbox', { name: 'Find a kind' }).fill('colour');
    await page.keyboard.press('Enter');
    await page.locator('#add-label').fill('Sign');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('link', { name: 'Preview changes (2)' }).click();
    await page.getByText('Nothing is lost').waitFor();
    const now = await definition(house, 'shops');
    await house.api('POST', '/api/content/models/apply', {
      definitions: [{ ...now, label: 'Our shops', fields: [...now.fields.map((field) => (field.name === 'town' ? { ...field, label: 'Place' } : field)), { name: 'phone', kind: 'text' }] }],
    });
    await page.getByRole('button', { name: 'Apply', exact: true }).click();
    await page.getByText('Somebody else changed the model meanwhile').waitFor();
    await page.getByText('shops: their label and phone was taken over.').waitFor();
    await page.getByText(/both of you changed town/).waitFor();
    await accessible(page, 'a stale plan');
    await page.getByRole('button', { name: 'Apply', exact: true }).click();
    await toast(page, 'The model was changed');
  });
  const after = await definition(house, 'shops');
  assert.equal(after.label, 'Our shops');
  assert.deepEqual(after.fields.map((field) => [field.name, field.label]), [['title', undefined], ['town', 'City'], ['sign', undefined], ['phone', undefined]].map(([name, label]) => [name, label ?? after.fields.find((field) => field.name === name).label]));
});

test('what is refused leads to where it is', async (t) => {
  await inside(t, {}, async (page) => {
    page.expectsRefusal = true;
    await page.goto('/admin/models/new-model');
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByText('A name is needed.').waitFor();
    await page.getByLabel('API name').fill('Films');
    await page.getByText('There is something of this name already: Films_2 is free.').waitFor();
    // A field that has to have a value, and entries that have none.
    await page.goto('/admin/models/films');
    await page.getByRole('button', { name: 'Add a field' }).click();
    await page.getByRole('searchbox', { name: 'Find a kind' }).fill('e-mail');
    await page.keyboard.press('Enter');
    await page.locator('#add-label').fill('Contact');
    await page.getByRole('button', { name: 'Add and edit' }).click();
    await page.getByRole('checkbox', { name: 'Required' }).check();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'Preview changes (1)' }).click();
    await page.getByText('The entries that are there do not allow it').waitFor();
    await page.getByText('contact is required').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Apply' }).count(), 0);
    await accessible(page, 'a refused plan');
    // The server refuses the definition itself: a pattern that is none.
    await page.goto('/admin/models/films?field=title');
    await page.getByLabel('Pattern').fill('[');
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('link', { name: /Preview changes/ }).click();
    await page.getByRole('link', { name: 'films.title' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Undo' }).click();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Discard' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Discard' }).click();
    await toast(page, 'The changes were discarded');
    assert.equal(await page.getByRole('link', { name: /Preview changes/ }).count(), 0);
  });
});

test('a rule that entries do not keep is told, and leads to them', async (t) => {
  await inside(t, {}, async (page) => {
    await page.goto('/admin/models/films?field=title');
    await page.getByLabel('Characters at most').fill('8');
    await page.keyboard.press('Tab');
    await page.getByRole('button', { name: 'Add a condition' }).first().click();
    await page.getByLabel('Value', { exact: true }).fill('19');
    await page.keyboard.press('Tab');
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByText('shown at times').waitFor();
    await page.getByRole('link', { name: 'Preview changes (1)' }).click();
    await page.getByText('films.title is longer than 8 characters').waitFor();
    await page.getByRole('link', { name: '2 entries' }).click();
    await page.getByRole('heading', { name: 'Films' }).waitFor();
    await page.getByRole('link', { name: 'Metropolis' }).waitFor();
    await discard(page);
  });
});

test('a file is compared first, and a collection goes by its name', async (t) => {
  await inside(t, {}, async (page) => {
    await page.goto('/admin/models/import-models');
    await page.getByLabel('Definitions').fill('{"nonsense": 1}');
    await page.getByText('This is not JSON with definitions.').waitFor();
    const now = await definition(house, 'concerts_2027');
    await page.getByLabel('Definitions').fill(JSON.stringify([{ ...now, fields: now.fields.slice(0, 2) }, { name: 'halls', fields: [{ name: 'title', kind: 'text' }] }]));
    await page.getByText('gone: day, free, shown_with, and tags').waitFor();
    await page.getByRole('checkbox', { name: /concerts_2027/ }).uncheck();
    await page.getByRole('button', { name: 'Preview the changes' }).click();
    await page.getByText('halls is added').waitFor();
    await page.getByRole('button', { name: 'Apply', exact: true }).click();
    await toast(page, 'The model was changed');

    await page.goto('/admin/models/concerts_2027/options');
    await page.getByRole('button', { name: 'Delete this model' }).click();
    await page.getByLabel('Type concerts_2027 to go on').fill('concerts_2027');
    await page.keyboard.press('Enter');
    await page.getByText(/is dropped with all its items/).waitFor();
    await page.getByRole('button', { name: 'Apply, and lose values' }).click();
    await page.getByLabel('Type concerts_2027 to go on').fill('concerts_2027');
    await page.keyboard.press('Enter');
    await toast(page, 'The model was changed');
    await until(async () => (await page.getByRole('row').filter({ hasText: 'concerts_2027' }).count()) === 0, 'it is gone');
    await page.getByRole('row').filter({ hasText: 'halls' }).waitFor();
  });
});

test('options, groups and a renamed collection, and a field for the users', async (t) => {
  await inside(t, {}, async (page) => {
    await page.goto('/admin/models/books/options');
    await page.getByLabel('API name').fill('volumes');
    await page.getByLabel('Unique together').fill('title, nowhere');
    await page.keyboard.press('Tab');
    await page.getByText('There is no field nowhere.').waitFor();
    await page.getByLabel('Unique together').fill('title, released');
    await page.getByRole('checkbox', { name: 'Note who reads' }).check();
    await page.getByRole('link', { name: 'Layout' }).click();
    await page.getByLabel('Group of Released').selectOption('A new group');
    await page.getByLabel('Group', { exact: true }).fill('Facts');
    await page.keyboard.press('Tab');
    await page.getByRole('list', { name: 'Facts' }).getByText('Released').waitFor();
    await page.goto('/admin/models/users');
    await page.getByRole('button', { name: 'Show E-mail' }).waitFor();
    await page.getByRole('button', { name: 'Add a field' }).click();
    await page.getByRole('searchbox', { name: 'Find a kind' }).fill('text');
    await page.keyboard.press('Enter');
    await page.locator('#add-label').fill('Phone');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('link', { name: /Preview changes/ }).click();
    await page.getByText(/books becomes volumes/).first().waitFor();
    await page.getByText('A grant on books follows').first().waitFor();
    await page.getByRole('button', { name: 'Apply', exact: true }).click();
    await toast(page, 'The model was changed');
  });
  const volumes = await definition(house, 'volumes');
  assert.deepEqual([volumes.unique, volumes.audit_reads, volumes.fields.find((field) => field.name === 'released').group], [[['title', 'released']], true, 'Facts']);
  assert.equal((await house.api('GET', '/api/content/items/volumes')).length, 2);
  assert.deepEqual((await definition(house, 'users')).fields.map((field) => field.name), ['phone']);
});

test('who may only read models finds nothing to press, and who may not finds no place', async (t) => {
  const storage = await house.signedInAs('looker@example.org', 'a horse and a battery');
  await inside(t, { storage }, async (page) => {
    page.expectsRefusal = true;
    await page.goto('/admin/models');
    await page.getByRole('link', { name: 'Films', exact: true }).waitFor();
    for (const name of ['New model', 'Import']) assert.equal(await page.getByRole('link', { name }).count(), 0, name);
    await page.getByRole('main').getByRole('link', { name: 'Films', exact: true }).click();
    await page.getByRole('button', { name: 'Show Title' }).waitFor();
    assert.equal(await page.getByRole('button', { name: /Move|Add a field|Take|Duplicate/ }).count(), 0);
    await page.getByRole('button', { name: 'Show Title' }).click();
    assert.equal(await page.getByRole('dialog').getByLabel('Kind').isDisabled(), true);
    assert.equal(await page.getByRole('dialog').getByRole('button', { name: /Take out|Undo|Done/ }).count(), 0);
    await accessible(page, 'a field that is only read');
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: 'Options' }).click();
    assert.equal(await page.getByLabel('API name').isDisabled(), true);
    assert.equal(await page.getByRole('button', { name: /Delete|Add/ }).count(), 0);
    await page.getByRole('link', { name: 'Access' }).click();
    await page.getByText('Grants are not yours to read').waitFor();
  });
  await inside(t, { storage: await house.signedInAs('blind@example.org', 'a horse and a battery') }, async (page) => {
    await page.goto('/admin/');
    await page.getByRole('navigation', { name: 'Main' }).waitFor();
    assert.equal(await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Models' }).count(), 0);
  });
});

for (const [theme, width] of [['light', 1280], ['dark', 1280], ['light', 320], ['dark', 320]])
  test(`every screen of the builder, ${theme}, ${width} px`, async (t) => {
    await inside(t, { theme, width }, async (page) => {
      const screens = [
        ['/models', 'films'],
        ['/models?show=components', 'hero'],
        ['/models?show=system', 'users'],
        ['/models/films', 'title'],
        ['/models/films?field=title', 'Validation'],
        ['/models/films/layout', 'Without a group'],
        ['/models/films/options', 'Finding'],
        ['/models/films/access', 'looker'],
        ['/models/films/api', 'GraphQL schema'],
        ['/models/recent', 'What it shows'],
        ['/models/users', 'Your fields'],
        ['/models/new-model', 'What is it?'],
        ['/models/import-models', 'Definitions'],
        ['/models/preview-changes', 'No changes'],
        ['/models/nothing', 'There is no such model'],
      ];
      for (const [path, text] of screens) {
        await page.goto(`/admin${path}`);
        await page.getByText(text, { exact: true }).filter({ visible: true }).first().waitFor();
        await accessible(page, `${path} ${theme} ${width}`);
        await fits(page, `${path} ${width}`);
      }
      await page.goto('/admin/models/films');
      await page.getByRole('button', { name: 'Add a field' }).click();
      await page.getByRole('searchbox', { name: 'Find a kind' }).waitFor();
      await accessible(page, `kinds ${theme} ${width}`);
      await fits(page, `kinds ${width}`);
    });
  });
