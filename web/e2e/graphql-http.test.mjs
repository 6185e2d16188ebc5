// GraphQL over HTTP by the audits of graphql-http: all of them, what only may be included, for both schemas and for whoever
// asks. And its page, in a browser.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { serverAudits } from 'graphql-http';
import { accessible, fits, openBrowser, openPage, person } from './browser.mjs';
import { startDemo } from './server.mjs';

const skip = process.env.VITRINE_BIN ? false : 'VITRINE_BIN names no program';
let server, browser;

before(async () => {
  if (skip) return;
  server = await startDemo();
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

for (const path of ['/graphql', '/api/gql'])
  for (const role of ['nobody', 'editor'])
    test(`every audit of GraphQL over HTTP passes at ${path} for ${role}`, { skip }, async () => {
      const key = role === 'nobody' ? {} : { 'api-key': server.key(role) };
      const fetchFn = (url, { headers, ...more } = {}) => fetch(url, { ...more, headers: { ...headers, ...key } });
      const audits = serverAudits({ url: server.url + path, fetchFn });
      assert.ok(audits.length >= 61, `${audits.length} audits`);
      const failed = [];
      for (const audit of audits) {
        const { status, reason } = await audit.fn();
        if (status !== 'ok') failed.push(`${audit.id} ${audit.name}: ${reason}`);
      }
      assert.deepEqual(failed, []);
    });

const answerOf = (page) => page.textContent('#answer').then((text) => JSON.parse(text));

async function run(page, text) {
  await page.fill('#document', text);
  await page.fill('#variables', '');
  await page.focus('#document');
  const answered = page.waitForResponse((response) => response.request().method() === 'POST' && response.url().endsWith('/graphql'));
  await page.keyboard.press('Control+Enter');
  await answered;
  await page.waitForFunction(() => /^\d+,|^\d+ /.test(document.querySelector('#told').textContent));
}

for (const theme of ['light', 'dark'])
  test(`the page at /graphql asks, offers and shows, ${theme}`, { skip }, async () => {
    const page = await openPage(browser, server.url, { theme });
    await page.goto('/graphql');
    await page.getByText('Without a credential').waitFor();
    assert.match(await page.inputValue('#document'), /\{\n {2}\w+\(limit: 5\) \{\n/);
    await page.fill('#key', server.key('editor'));
    await page.getByText('With a key').waitFor();

    await run(page, 'query A { posts(limit: 2) { _id title } }\nquery B { __typename }');
    assert.equal((await answerOf(page)).data.posts.length, 2);
    await page.selectOption('#operation', 'B');
    await page.click('#run');
    await page.waitForFunction(() => document.querySelector('#answer').textContent.includes('__typename'));
    await accessible(page, 'the page with an answer');

    await page.fill('#variables', '{"n": 1');
    await page.click('#run');
    await page.getByText('The variables are not JSON').waitFor();

    // What can stand here: by typing, with the arrows, taken with Enter.
    await page.fill('#document', '{\n  posts(limit: 1) {\n    \n  }\n}');
    await page.evaluate(() => {
      const editor = document.querySelector('#document');
      editor.focus();
      editor.setSelectionRange(26, 26);
    });
    await page.keyboard.type('ti');
    await page.locator('#offers li').first().waitFor();
    await accessible(page, 'the page with offers');
    await page.keyboard.press('Enter');
    assert.equal(await page.inputValue('#document'), '{\n  posts(limit: 1) {\n    title\n  }\n}');
    await page.keyboard.press('Control+Space');
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('#offers').isVisible(), false);

    await run(page, '{posts(limit:1){nothing}}');
    assert.equal((await answerOf(page)).errors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
    page.forget(); // the browser itself writes down a 400
    await page.keyboard.press('Control+Shift+F');
    assert.equal(await page.inputValue('#document'), '{\n  posts(limit: 1) {\n    nothing\n  }\n}\n');

    await page.locator('#schema').getByRole('button', { name: 'Query', exact: true }).click();
    await page.locator('#schema').getByText('postsConnection').waitFor();
    await page.click('#sdl');
    await page.getByText('the schema as text').waitFor();
    assert.match(await page.textContent('#answer'), /type Mutation/);
    await page.fill('#find', 'author');
    await page.locator('#schema').getByRole('button', { name: 'Author', exact: true }).waitFor();
    await accessible(page, 'the page with the schema');
    await page.getByRole('tab', { name: 'Schema' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.locator('#history button').first().waitFor();
    await accessible(page, 'the page with the history');
    const kept = await page.evaluate(() => JSON.stringify({ ...localStorage }) + JSON.stringify({ ...sessionStorage }));
    assert.ok(!kept.includes(server.key('editor')), 'the key is kept nowhere');
    await page.setViewportSize({ width: 320, height: 700 });
    await fits(page, 'the page');
    await accessible(page, 'the narrow page');
    page.quiet();
    await page.context().close();
  });

test('somebody signed in asks with the session', { skip }, async () => {
  const page = await openPage(browser, server.url);
  await page.goto('/graphql');
  await page.evaluate(
    async ([code, { email, name, password }]) => {
      const sent = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ code, email, name, password }) };
      const response = await fetch('/api/auth/setup', sent);
      if (!response.ok) throw new Error(`setup: ${response.status} ${await response.text()}`);
    },
    [server.code, person],
  );
  await page.reload();
  await page.getByText(`Signed in as`).waitFor();
  await run(page, '{ users { email } }');
  assert.deepEqual((await answerOf(page)).data.users, [{ email: person.email }]);
  // Without the token, as a page of another site would ask.
  const forged = await page.evaluate(async () => {
    const post = await fetch('/graphql', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"query":"{__typename}"}' });
    const get = await fetch('/graphql?query=%7B__typename%7D');
    return [post.status, get.status];
  });
  assert.deepEqual(forged, [403, 403]);
  await page.context().close();
});
