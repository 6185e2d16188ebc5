// Roles, what they open, and people: the matrix by keyboard, the diff before saving, the public's role, explanations, invitations.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessible, fits, person } from './browser.mjs';
import { openHouse } from './house.mjs';

const password = 'correct horse battery';
const ids = {};

const house = openHouse({
  signedIn: true,
  make: async ({ api }) => {
    const role = async (name, rest = {}) => (ids[name] = (await api('POST', '/api/content/item/roles', { data: { name, ...rest } }))._id);
    const grant = (of, collection, verbs, rest = {}) => api('POST', '/api/content/item/grants', { data: { role: ids[of], collection, verbs, ...rest } });
    await role('base', { label: 'Base' });
    await grant('base', 'authors', ['read']);
    await role('desk', { label: 'News desk', inherits: [ids.base] });
    await grant('desk', 'posts', ['read', 'update'], { where: { _cby: '$user' } });
    await role('visitors', { label: 'Visitors' });
    await grant('visitors', 'posts', ['read'], { where: { _state: 1 } });
    await role('clerk', { label: 'Clerk' });
    for (const name of ['roles', 'grants', 'users', 'groups']) await grant('clerk', name, ['read']);
    await role('recruiter', { label: 'Recruiter' });
    await grant('recruiter', 'users', ['read', 'create', 'update']);
    await grant('recruiter', 'roles', ['read']);
    await api('PATCH', '/api/content/item/settings', { public_role: ids.visitors });
    const ada = (await api('GET', '/api/content/items/users'))[0];
    ids.ada = ada._id;
    for (const [title, _state] of [['One', 1], ['Two', 1], ['Three', 0]]) ids[title] = (await api('POST', '/api/content/item/posts', { data: { title, lead: `Secret of ${title}`, views: 3, _state } }))._id;
    for (const [name, of] of [['Cleo', 'clerk'], ['Rita', 'recruiter'], ['Dana', 'desk'], ['Paul', 'visitors']])
      ids[name] = (await api('POST', '/api/content/item/users', { data: { email: `${name.toLowerCase()}@example.org`, name, password, roles: [ids[of]] } }))._id;
  },
});
const { inside, toast, until, focused, row } = house;
const cell = (page, name) => page.getByRole('button', { name, exact: true });
const dialog = (page, name) => page.getByRole('dialog', { name });
const publicly = (path) => fetch(house.url + path);

test('a role is made from a template, duplicated and deleted', async (t) => {
  await inside(t, {}, async (page) => {
    page.expectsRefusal = true;
    await page.goto('/admin/roles');
    await row(page, 'Administrator').getByText('Built in', { exact: true }).waitFor();
    await row(page, 'Visitors').getByText('Everybody', { exact: true }).waitFor();
    await row(page, 'News desk').getByText('1 person').waitFor();
    await row(page, 'News desk').getByText('Base').waitFor();
    await page.getByRole('link', { name: 'New role' }).click();
    await page.getByLabel('Label').fill('Les Rédacteurs');
    assert.equal(await page.inputValue('#role-name'), 'les-redacteurs');
    await page.getByRole('radio', { name: /^Reader/ }).check();
    await page.getByText('What the template grants').waitFor();
    await page.fill('#role-name', '!');
    await page.getByRole('button', { name: 'Make the role' }).click();
    await page.getByText('A name begins with a letter').waitFor();
    await page.fill('#role-name', 'base');
    await page.getByRole('button', { name: 'Make the role' }).click();
    await page.getByRole('alert').waitFor();
    await page.fill('#role-name', 'redacteurs');
    await page.getByRole('button', { name: 'Make the role' }).click();
    await page.getByRole('heading', { name: 'Les Rédacteurs' }).waitFor();
    await cell(page, 'All content of the site, Read: Conditions').waitFor();
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Duplicate…' }).click();
    await page.getByLabel('Label').fill('Copy');
    await page.getByRole('button', { name: 'Make the role' }).click();
    await page.getByRole('heading', { name: 'Copy', exact: true }).waitFor();
    await cell(page, 'All content of the site, Read: Conditions').waitFor();
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Delete…' }).click();
    const question = dialog(page, 'Delete Copy?');
    await question.getByText('Nobody that you may see holds it.').waitFor();
    assert.equal(await question.getByRole('button', { name: 'Delete' }).isDisabled(), true);
    await question.getByLabel('Type copy to go on').fill('copy');
    await question.getByRole('button', { name: 'Delete' }).click();
    await toast(page, 'Copy was deleted');
    await row(page, 'Les Rédacteurs').waitFor();
  });
});

test('the matrix works by keyboard, and nothing is saved before its diff was seen', async (t) => {
  await inside(t, {}, async (page) => {
    await page.goto(`/admin/roles/${ids.desk}?q=s&granted=`);
    await cell(page, 'Posts, Read: Conditions').waitFor();
    await cell(page, 'Authors, Read: None; From elsewhere: All Base').waitFor();
    // One stop of the Tab key, then arrows.
    await cell(page, 'Posts, Read: Conditions').focus();
    for (let i = 0; i < 3; i += 1) await page.keyboard.press('ArrowRight');
    assert.match(await focused(page), /^Posts, Delete:/);
    assert.equal(await page.locator('[role=grid] [tabindex="0"]').count(), 1);
    await page.keyboard.press('Space');
    await cell(page, 'Posts, Delete: All').waitFor();
    await page.keyboard.press('Space');
    await cell(page, 'Posts, Delete: None').waitFor();
    await page.getByText('not saved').waitFor({ state: 'detached' });
    await page.keyboard.press('Space');
    await page.keyboard.press('Home');
    // What has conditions is not widened by a slip: the rules open.
    await page.keyboard.press('Space');
    const rules = dialog(page, 'Read: Posts');
    await rules.getByText('entries where Created by is the person who asks').first().waitFor();
    await rules.getByText('How many entries that is depends on who asks.').waitFor();
    await rules.getByRole('button', { name: 'Give “Read” a rule of its own' }).click();
    await rules.getByRole('button', { name: 'Remove the rule for Update' }).click();
    await rules.getByRole('region', { name: 'Rule for Update' }).waitFor({ state: 'detached' });
    await rules.getByRole('button', { name: /Remove the condition/ }).click();
    await rules.getByRole('button', { name: 'Condition' }).click();
    await rules.getByLabel('Field', { exact: true }).selectOption({ label: 'Views' });
    await rules.getByLabel('Condition', { exact: true }).selectOption({ label: 'is more than' });
    await rules.getByRole('button', { name: 'Add', exact: true }).click();
    await rules.getByText('This is not a number.').or(rules.getByText('A value is needed.')).waitFor();
    await rules.getByLabel('Value', { exact: true }).fill('2');
    await page.keyboard.press('Enter');
    await rules.getByText('3 of 3 entries match now').waitFor();
    await rules.getByRole('radio', { name: 'All but these' }).check();
    await rules.getByRole('checkbox', { name: 'Lead' }).check();
    await accessible(page, 'rules of a collection');
    await page.keyboard.press('Escape');
    await rules.waitFor({ state: 'detached' });
    await page.getByText('3 changes not saved').waitFor();
    await page.getByRole('button', { name: 'Review and save' }).click();
    const review = dialog(page, 'Save these changes?');
    await review.getByText('News desk gains “Delete” on Posts').waitFor();
    await review.getByText('News desk loses “Update” on Posts').waitFor();
    await review.getByText('“Read” of News desk on Posts changes').waitFor();
    await review.getByText('all fields but Lead').waitFor();
    await review.getByText('Posts: how many entries depends on who asks').waitFor();
    await accessible(page, 'review of changes');
    assert.equal((await house.api('GET', `/api/content/items/grants?filter=${encodeURIComponent(JSON.stringify({ role: ids.desk }))}`)).length, 1);
    await review.getByRole('button', { name: 'Save' }).click();
    await toast(page, 'Saved');
    await page.getByText('not saved').waitFor({ state: 'detached' });
    const grants = await house.api('GET', `/api/content/items/grants?filter=${encodeURIComponent(JSON.stringify({ role: ids.desk, collection: 'posts' }))}`);
    assert.deepEqual(grants.map((one) => one.verbs.join()).sort(), ['delete', 'read']);
  });
});

test('a field that a role hides is not there for who holds it', async (t) => {
  const storage = await house.signedInAs('dana@example.org', password);
  await inside(t, { storage }, async (page) => {
    await page.goto(`/admin/content/posts/${ids.One}`);
    await page.locator('#f-title').waitFor();
    assert.equal(await page.locator('#f-lead').count(), 0);
    const there = await page.evaluate(async (id) => Object.keys(await (await fetch(`/api/content/item/posts/${id}`)).json()), ids.One);
    assert.equal(there.includes('title'), true);
    assert.equal(there.includes('lead'), false);
    // The places of administrators are not there at all.
    assert.equal(await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Roles' }).count(), 0);
  });
  const explained = await house.api('GET', `/api/auth/explain?collection=posts&verb=read&as=user:${ids.Dana}`);
  assert.equal(explained.fields.includes('lead'), false);
});

test('rows and columns are set at once, and leaving asks first', async (t) => {
  await inside(t, {}, async (page) => {
    await page.goto(`/admin/roles/${ids.base}?q=events`);
    await cell(page, 'Events, Read: None').waitFor();
    await page.getByRole('button', { name: 'Read', exact: true }).click();
    await page.getByRole('menuitem', { name: '“Read” for all rows shown' }).click();
    await cell(page, 'Events, Read: All').waitFor();
    await page.getByRole('button', { name: 'The whole row of Events' }).click();
    await page.getByRole('menuitem', { name: 'Everything, actions too' }).click();
    await cell(page, 'Events, Publish: All').waitFor();
    await page.getByRole('navigation', { name: 'Parts of the role' }).getByRole('link', { name: 'Settings' }).click();
    await page.getByLabel('Label').fill('Foundation');
    await page.getByText('6 changes not saved').waitFor();
    await page.goBack();
    await page.getByRole('navigation', { name: 'Path' }).getByRole('link', { name: 'Roles' }).click();
    await dialog(page, 'Leave without saving?').getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Review and save' }).click();
    await dialog(page, 'Save these changes?').getByText('Label: Base → Foundation').waitFor();
    await dialog(page, 'Save these changes?').getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Discard' }).click();
    await cell(page, 'Events, Read: None').waitFor();
    // A circle of inheritance is refused at its field.
    page.expectsRefusal = true;
    await page.getByRole('navigation', { name: 'Parts of the role' }).getByRole('link', { name: 'Settings' }).click();
    await page.getByLabel('Inherit another role').selectOption({ label: 'News desk' });
    await page.getByRole('button', { name: 'Review and save' }).click();
    await dialog(page, 'Save these changes?').getByRole('button', { name: 'Save' }).click();
    await dialog(page, 'Save these changes?').getByRole('alert').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Discard' }).click();
  });
});

test('the public’s role says so, counts what it opens, and wants a word typed for more than reading', async (t) => {
  await inside(t, {}, async (page) => {
    page.expectsRefusal = true;
    await page.goto(`/admin/roles/${ids.visitors}?q=posts`);
    await page.getByText('This role is everybody’s.').waitFor();
    await cell(page, 'Posts, Read: Conditions').waitFor();
    await page.goto(`/admin/roles/${ids.visitors}?q=authors`);
    await cell(page, 'Authors, Read: None').click();
    await page.getByRole('button', { name: 'Review and save' }).click();
    await dialog(page, 'Save these changes?').getByText('Visitors gains “Read” on Authors').waitFor();
    assert.equal(await dialog(page, 'Save these changes?').getByLabel('Type visitors to go on').count(), 0);
    await page.keyboard.press('Escape');
    await cell(page, 'Authors, Create: None').click();
    await page.getByRole('button', { name: 'Review and save' }).click();
    const review = dialog(page, 'Save these changes?');
    await review.getByText('would do more than read').waitFor();
    assert.equal(await review.getByRole('button', { name: 'Save' }).isDisabled(), true);
    await review.getByLabel('Type visitors to go on').fill('visitors');
    await review.getByRole('button', { name: 'Save' }).click();
    await toast(page, 'Saved');

    await page.goto('/admin/roles/public-api');
    await row(page, 'Posts').getByText('State is Published').waitFor();
    assert.equal((await row(page, 'Posts').getByRole('cell').nth(1).textContent()).trim(), '2');
    await row(page, 'Authors').getByText('Create').waitFor();
    await page.getByLabel('Path of the request').fill('/api/content/items/posts?limit=5&fields=title');
    await page.getByRole('button', { name: 'Send without credentials' }).click();
    await page.getByText(/^Answered 200 in/).waitFor();
    assert.equal(JSON.parse(await page.getByLabel('Answer').textContent()).length, 2);
    await page.getByLabel('Path of the request').fill('/api/content/items/users');
    await page.getByRole('button', { name: 'Send without credentials' }).click();
    await page.getByText(/^Answered 40\d in/).waitFor();

    // More than reading, for everybody: the name of the role has to be typed.
    await page.locator('#public-choose').selectOption({ label: 'Clerk' });
    const clerk = dialog(page, 'Give everybody the role Clerk?');
    await clerk.getByText('It speaks of').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('#public-choose').selectOption('');
    await dialog(page, 'Close the public API?').getByRole('button', { name: 'Close the API' }).click();
    await toast(page, 'Saved');
    await until(async () => (await publicly('/api/content/items/posts')).status === 401, 'the public reads nothing');
    await page.locator('#public-choose').selectOption({ label: 'Visitors' });
    const open = dialog(page, 'Give everybody the role Visitors?');
    await open.getByText('It grants more than reading.').waitFor();
    await open.getByLabel('Type visitors to go on').fill('visitors');
    await open.getByRole('button', { name: 'Open' }).click();
    await until(async () => (await publicly('/api/content/items/posts')).status === 200, 'the public reads again');
  });
});

test('access is tested, explained and shared by its address', async (t) => {
  await inside(t, {}, async (page) => {
    await page.goto('/admin/roles/test');
    await page.getByLabel('Who').selectOption({ label: 'A role' });
    await page.getByLabel('Role', { exact: true }).selectOption({ label: 'Visitors' });
    await page.getByLabel('Collection').selectOption({ label: 'Posts' });
    await page.getByText('2 of 3 entries match now').waitFor();
    await page.getByRole('heading', { name: 'Yes: visitors may “Read” on Posts' }).waitFor();
    await page.getByLabel('Entry').click();
    await page.getByRole('option', { name: /Three/ }).click();
    await page.getByText('this entry is not among those it reaches').waitFor();
    const address = new URL(page.url());
    assert.equal(address.searchParams.get('as'), 'role:visitors');
    assert.equal(address.searchParams.get('id'), ids.Three);
    await page.goto(`/admin/roles/test?as=user%3A${ids.Dana}&collection=posts&verb=publish`);
    await page.getByRole('heading', { name: 'No: Dana may not “Publish” on Posts' }).waitFor();
    await page.getByText('It does not grant this verb.').first().waitFor();
    await page.getByLabel('Does what').selectOption({ label: 'Read' });
    await page.getByRole('heading', { name: 'Yes: Dana may “Read” on Posts' }).waitFor();
    await page.getByText('Lead', { exact: true }).waitFor();
    await page.getByRole('region', { name: 'The rules that decide' }).getByRole('link', { name: 'News desk' }).click();
    await dialog(page, 'Posts').waitFor();
  });
});

test('somebody is invited by a link, comes in with the rights of the role, and is edited, signed out, disabled and deleted', async (t) => {
  await inside(t, {}, async (page) => {
    page.expectsRefusal = true;
    await page.goto('/admin/users');
    await row(page, 'Dana').getByText('News desk').waitFor();
    await page.getByRole('link', { name: 'Invite' }).click();
    await page.getByLabel('E-mail').fill('nobody');
    await page.getByRole('button', { name: 'Invite' }).click();
    await page.getByText('This is not an e-mail address.').waitFor();
    await page.getByLabel('E-mail').fill('grace@example.org');
    await page.locator('#invite-name').fill('Grace');
    await page.getByRole('checkbox', { name: 'News desk' }).check();
    await page.keyboard.press('Enter');
    const link = await page.locator('[data-secret]').textContent();
    assert.match(link, /\/admin\/invitation#vtl_/);
    await page.getByRole('button', { name: 'I have stored it' }).click();
    await row(page, 'Grace').getByText('Invited').waitFor();
    assert.equal((await page.content()).includes('vtl_'), false);

    const accepted = await fetch(`${house.url}/api/auth/accept`, { method: 'POST', headers: { 'Content-Type': 'application/json', Origin: house.url }, body: JSON.stringify({ token: link.split('#')[1], password }) });
    assert.equal(accepted.ok, true, await accepted.text());
    await inside(t, { storage: await house.signedInAs('grace@example.org', password) }, async (hers) => {
      await hers.goto('/admin/content/posts');
      await hers.getByRole('heading', { name: 'Posts' }).waitFor();
      assert.equal(await hers.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Roles' }).count(), 0);
    });

    await page.getByLabel('State').selectOption({ label: 'Invited' });
    await page.getByText('Nobody is like that').waitFor();
    await page.getByRole('button', { name: 'Show all' }).click();
    await page.getByRole('link', { name: 'Grace' }).click();
    await page.getByText('Signed in now').waitFor();
    await page.getByRole('button', { name: /^Sign out \(/ }).first().waitFor();
    await page.getByRole('checkbox', { name: 'Base' }).check();
    await page.getByText('sign the person out everywhere').waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    await toast(page, 'Saved');
    await page.getByText('Nowhere').waitFor();
    const menu = async (name) => {
      await page.getByRole('button', { name: 'More actions' }).click();
      await page.getByRole('menuitem', { name }).click();
    };
    await menu('Reset the password…');
    await page.getByRole('button', { name: 'Make a new password' }).click();
    const fresh = await page.locator('[data-secret]').textContent();
    await page.getByRole('button', { name: 'I have stored it' }).click();
    await house.signedInAs('grace@example.org', fresh);
    await menu('Sign out everywhere…');
    await dialog(page, 'Sign Grace out everywhere?').getByRole('button', { name: 'Sign out everywhere' }).click();
    await toast(page, 'Grace is signed out everywhere');
    await menu('Disable…');
    await dialog(page, 'Disable Grace?').getByRole('button', { name: 'Disable' }).click();
    await toast(page, 'Grace was disabled');
    await menu('Enable');
    await toast(page, 'Grace may come in again');
    await menu('Delete…');
    const question = dialog(page, 'Delete Grace?');
    await question.getByText('This person has made no entries.').waitFor();
    await question.getByLabel('Type grace@example.org to go on').fill('grace@example.org');
    await question.getByRole('button', { name: 'Delete' }).click();
    await toast(page, 'Grace was deleted');
    assert.equal(await row(page, 'Grace').count(), 0);
  });
});

test('a group is made, gets a member and goes', async (t) => {
  await inside(t, {}, async (page) => {
    await page.goto('/admin/users/groups');
    await page.getByText('No groups yet').waitFor();
    await page.getByRole('link', { name: 'New group' }).first().click();
    await page.locator('#group-name').fill('newsroom');
    await page.locator('#group-label').fill('Newsroom');
    await page.getByRole('checkbox', { name: 'News desk' }).check();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('link', { name: 'Newsroom' }).click();
    await page.getByLabel('Put somebody into the group').click();
    await page.getByRole('option', { name: 'Paul' }).click();
    await page.getByRole('button', { name: 'Take Paul out of the group' }).waitFor();
    assert.equal((await house.api('GET', `/api/content/item/users/${ids.Paul}`)).groups.length, 1);
    await page.getByRole('button', { name: 'Delete…' }).click();
    await dialog(page, 'Delete Newsroom?').getByText('1 member loses').waitFor();
    await dialog(page, 'Delete Newsroom?').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('No groups yet').waitFor();
  });
});

test('who may only look has no buttons, and nobody hands on more than he holds', async (t) => {
  await inside(t, { storage: await house.signedInAs('cleo@example.org', password) }, async (page) => {
    await page.goto('/admin/roles');
    await row(page, 'News desk').waitFor();
    assert.equal(await page.getByRole('link', { name: 'New role' }).count(), 0);
    await page.getByRole('link', { name: 'News desk' }).click();
    await page.getByRole('grid').waitFor();
    assert.equal(await page.getByRole('button', { name: /, Read: / }).count(), 0);
    await page.getByRole('button', { name: /^posts: /i }).click();
    await page.getByRole('heading', { name: 'Delete' }).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Another rule' }).count(), 0);
    await page.keyboard.press('Escape');
    assert.equal(await page.getByRole('button', { name: 'More actions' }).count(), 0);
    await page.goto('/admin/roles/public-api');
    await page.getByText('Which role the public has is not for you to see').waitFor();
    await page.goto('/admin/users');
    await row(page, 'Dana').waitFor();
    assert.equal(await page.getByRole('link', { name: 'Invite' }).count(), 0);
  });
  await inside(t, { storage: await house.signedInAs('rita@example.org', password) }, async (page) => {
    page.expectsRefusal = true;
    await page.goto('/admin/users?invite');
    await page.getByLabel('E-mail').fill('mallory@example.org');
    await page.getByRole('checkbox', { name: /Administrator/ }).check();
    await page.getByRole('button', { name: 'Invite' }).click();
    await page.getByText('One hands on only what one holds oneself').waitFor();
    await accessible(page, 'a refused invitation');
  });
  assert.equal((await house.api('GET', `/api/content/items/users?filter=${encodeURIComponent(JSON.stringify({ email: 'mallory@example.org' }))}`)).length, 0);
});

test('every screen is accessible and fits, in both themes and at both widths', async (t) => {
  const places = [
    ['/roles', 'News desk'],
    ['/roles?new', 'Begins with'],
    [`/roles/${ids.desk}?granted=1`, 'posts'],
    [`/roles/${ids.desk}?granted=1&rules=posts&verb=read`, 'Where, when and in which languages'],
    [`/roles/${ids.visitors}?tab=settings`, 'Asks for a second factor'],
    [`/roles/${ids.desk}?tab=holders`, 'Roles that inherit it'],
    [`/roles/ffffffffffffffffffffffff`, 'There is no such role'],
    ['/roles/public-api', 'Besides reading'],
    ['/roles/test?as=role%3Adesk&collection=posts', 'The rules that decide'],
    ['/users', person.email],
    ['/users?invite', 'They choose their password themselves.'],
    [`/users/${ids.Dana}`, 'Signed in now'],
    ['/users/groups?group=new', 'Its roles count beside each member’s own.'],
  ];
  await inside(t, {}, async (page) => {
    for (const [path, text] of places) {
      await page.goto(`/admin${path}`);
      await page.getByText(text).first().waitFor({ state: 'attached' });
      for (const [theme, width] of [['light', 1280], ['dark', 1280], ['dark', 320], ['light', 320]]) {
        await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
        await page.setViewportSize({ width, height: 860 });
        await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
        await page.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => undefined))));
        await accessible(page, `${path} ${theme} ${width}`);
        await fits(page, `${path} ${width}`);
      }
      await page.setViewportSize({ width: 1280, height: 860 });
    }
  });
});
