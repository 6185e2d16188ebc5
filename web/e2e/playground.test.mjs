import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { accessible, fits } from './browser.mjs';
import { openHouse } from './house.mjs';

const password = 'a narrow role has few rights';
let key;
const house = openHouse({
  signedIn: true,
  demo: true,
  async make({ api, server }) {
    key = server.run('key', 'create', '--role', 'admin').trim();
    const role = (await api('POST', '/api/content/item/roles', { data: { name: 'lookers' } }))._id;
    await api('POST', '/api/content/item/grants', { data: { role, collection: 'authors', verbs: ['read'] } });
    const file = `${server.data}/eve`;
    writeFileSync(file, `${password}\n`, { mode: 0o600 });
    server.run('user', 'add', '--email', 'eve@example.org', '--role', 'lookers', '--password-file', file);
  },
});
const { until } = house;
// The description and the schema are large, and a machine may be busy.
const inside = (t, options, work) => house.inside(t, options, (page) => (page.setDefaultTimeout(40_000), work(page)));

const answer = (page) => page.getByRole('region', { name: 'Answer' });
const send = (page) => page.getByRole('button', { name: 'Send', exact: true }).first();
const actAs = (page, who) => page.getByLabel('Act as').selectOption(who);
async function write(page, name, text) {
  const field = page.getByRole('textbox', { name, exact: true });
  await field.focus();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText(text);
}

test('an operation is found, filled in and sent: as oneself, as the public and with a key', async (t) => {
  await inside(t, {}, async (page) => {
    page.expectsRefusal = true;
    await page.goto('/admin/playground');
    await page.getByRole('searchbox', { name: 'Find an operation' }).fill('get items/authors');
    await page.getByRole('link', { name: /List items.*\/api\/content\/items\/authors$/ }).click();
    await page.getByLabel('limit').fill('2');
    await page.getByLabel('fields').fill('name');
    await page.getByText('/api/content/items/authors?limit=2&fields=name', { exact: true }).or(page.getByText('/api/content/items/authors?fields=name&limit=2', { exact: true })).waitFor();
    await send(page).click();
    await answer(page).getByText('200 OK').waitFor();
    await answer(page).getByText('"name"').first().waitFor();
    await answer(page).getByRole('button', { name: 'Headers' }).click();
    await answer(page).getByText('x-request-id').waitFor();
    await accessible(page, 'an answer');

    // The address brings the form back.
    await page.reload();
    assert.equal(await page.getByLabel('limit').inputValue(), '2');

    await actAs(page, 'public');
    await send(page).click();
    await answer(page).getByText('200 OK').waitFor();

    await actAs(page, 'key');
    await page.getByText('Write the key that is to ask first.').first().waitFor();
    await page.getByLabel('Key', { exact: true }).fill('vtr_s_nobody');
    await page.getByRole('alert').waitFor();
    await page.getByLabel('Key', { exact: true }).fill(key);
    await page.getByRole('searchbox', { name: 'Find an operation' }).fill('get items/users');
    await page.getByRole('link', { name: /\/api\/content\/items\/users$/ }).click();
    await send(page).click();
    await answer(page).getByText('200 OK').waitFor();
    await page.getByText('The same in other tools').click();
    await page.getByText(/api-key: …/).waitFor();
    const kept = await page.evaluate(() => JSON.stringify({ ...localStorage }) + location.href);
    assert.ok(kept.includes('/api/content/items/users'), 'the request is remembered');
    assert.ok(!kept.includes(key), 'the key is not');
  });
});

test('what writes is asked about, until one says otherwise', async (t) => {
  await inside(t, {}, async (page) => {
    page.expectsRefusal = true;
    await page.goto('/admin/playground/rest?op=save_authors');
    await write(page, 'Body', '{"data": {"name": "Made in the playground"}}');
    await send(page).click();
    const question = page.getByRole('dialog', { name: 'Send a request that changes something?' });
    await question.getByRole('button', { name: 'Cancel' }).click();
    const found = () => house.api('GET', '/api/content/items/authors?filter={"name":"Made in the playground"}');
    assert.equal((await found()).length, 0);
    await send(page).click();
    await question.getByLabel('Do not ask again on this page').check();
    await question.getByRole('button', { name: 'Send' }).click();
    await answer(page).getByText('200 OK').waitFor();
    assert.equal((await found()).length, 1);
    // As the public it is refused, and the refusal is shown as it came. Asked it is no more.
    await page.getByLabel('Ask before something is changed').isChecked().then((on) => assert.equal(on, false));
    await write(page, 'Body', '{"data": {"nmae": "x"}}');
    await send(page).click();
    await answer(page).getByText(/^422 \w/).waitFor();
    await answer(page).getByText(/There is no field nmae/).first().waitFor();
  });
});

test('GraphQL is asked as the public and with a key, with what the schema has for each', async (t) => {
  await inside(t, {}, async (page) => {
    page.expectsRefusal = true;
    await page.goto('/admin/playground/graphql');
    const schema = page.getByRole('region', { name: 'Schema' });
    await schema.getByRole('button', { name: 'Mutation' }).waitFor();
    await actAs(page, 'public');
    await until(async () => (await schema.getByRole('button', { name: 'Query', exact: true }).count()) === 1 && (await schema.getByRole('button', { name: 'Mutation' }).count()) === 0, 'the public has no mutations');
    await write(page, 'GraphQL document', 'query Newest($n: Int!) { posts(limit: $n) { title } me { kind } }');
    await page.getByText('Variables', { exact: true }).click();
    await write(page, 'Variables', '{"n": 2}');
    await page.getByLabel('Say what it costs').check();
    await send(page).click();
    await answer(page).getByText('200 OK').waitFor();
    await answer(page).getByText('"public"').waitFor();
    await answer(page).getByText('"requested"').waitFor();

    await actAs(page, 'key');
    await page.getByLabel('Key', { exact: true }).fill(key);
    await schema.getByRole('button', { name: 'Mutation' }).click();
    await schema.getByRole('searchbox').fill('createAuthor');
    await schema.getByText('createAuthor', { exact: true }).waitFor();
    await write(page, 'GraphQL document', 'mutation { createAuthor(data: {name: "By a key"}) { name } }');
    await write(page, 'Variables', '');
    await send(page).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Send' }).click();
    await answer(page).getByText('"By a key"').waitFor();

    // Completion is out of the schema.
    await write(page, 'GraphQL document', '{ sett');
    await page.keyboard.press('Control+Space');
    await page.getByRole('option', { name: /settings/ }).first().waitFor();
    await page.keyboard.press('Escape');
    await page.getByText(/Syntax Error/).waitFor();

    await page.getByText('History', { exact: false }).first().click();
    await page.getByRole('button', { name: /query Newest/ }).click();
    await page.getByRole('textbox', { name: 'GraphQL document', exact: true }).getByText('Newest').waitFor();
  });
});

test('calls of compatible systems are ready to be sent', async (t) => {
  await inside(t, {}, async (page) => {
    page.expectsRefusal = true;
    await page.goto('/admin/playground/dialects');
    await page.getByRole('link', { name: 'zot / OCI' }).click();
    await page.getByRole('link', { name: /\/v2\/_catalog/ }).click();
    await send(page).click();
    await answer(page).getByText('"repositories"').waitFor();
    await actAs(page, 'public');
    await page.getByRole('link', { name: /Is this a registry/ }).click();
    await send(page).click();
    await answer(page).getByText(/^401 \w/).waitFor();
    await page.getByRole('link', { name: 'Chutes' }).click();
    await page.getByRole('link', { name: /One key/ }).click();
    await page.getByText('Still missing: api_key_id').waitFor();
    assert.equal(await send(page).isDisabled(), true);
    await actAs(page, 'me');
    await page.getByRole('link', { name: 'Notary' }).click();
    await page.getByRole('link', { name: /Who this is/ }).click();
    await send(page).click();
    await answer(page).getByText('200 OK').waitFor();
    await page.getByRole('link', { name: 'ZenML' }).click();
    await page.getByRole('link', { name: /Who this is/ }).click();
    await send(page).click();
    await answer(page).getByText('200 OK').waitFor();
    await page.getByRole('link', { name: 'Cockpit' }).click();
    await send(page).click();
    await answer(page).getByText('200 OK').waitFor();
  });
});

test('a narrow role is offered what it may do, and nothing else', async (t) => {
  const storage = await house.signedInAs('eve@example.org', password);
  await inside(t, { storage }, async (page) => {
    page.expectsRefusal = true;
    await page.goto('/admin/playground/rest?op=save_authors');
    await page.getByText('This identity has no operation of that name.').waitFor();
    await page.getByRole('searchbox', { name: 'Find an operation' }).fill('item/authors');
    await page.getByRole('link', { name: /\/api\/content\/item\/authors$/ }).first().waitFor();
    assert.equal(await page.getByRole('navigation', { name: 'Operations' }).getByText(/^(POST|PUT|PATCH|DELETE)$/).count(), 0);
    // What is asked all the same is refused by the server, in its words.
    await page.goto('/admin/playground/dialects?system=cockpit&call=2');
    await page.getByRole('textbox', { name: 'Address' }).fill('/api/content/item/authors');
    await send(page).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Send' }).click();
    await answer(page).getByText(/^403 \w/).waitFor();
  });
});

test('the playground holds in both themes and at 320 px', async (t) => {
  for (const theme of ['light', 'dark'])
    for (const width of [1280, 320])
      await inside(t, { theme, width }, async (page) => {
        const look = async (name) => {
          await accessible(page, `${name} ${theme} ${width}`);
          await fits(page, `${name} ${theme} ${width}`);
          if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/playground-${name}-${theme}-${width}.png`, fullPage: true });
        };
        await page.goto('/admin/playground/rest?op=list_authors');
        await send(page).click();
        await answer(page).getByText('"name"').first().waitFor();
        await look('rest');
        await page.goto('/admin/playground/graphql');
        await page.getByRole('region', { name: 'Schema' }).getByRole('button', { name: 'Query', exact: true }).click();
        await page.getByRole('textbox', { name: 'GraphQL document' }).waitFor();
        await send(page).click();
        await answer(page).getByText('200 OK').waitFor();
        await look('graphql');
        await page.goto('/admin/playground/dialects?system=zenml&call=5');
        await page.getByRole('textbox', { name: 'Body', exact: true }).waitFor();
        await look('dialects');
      });
});
