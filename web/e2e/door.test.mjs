import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessible, fits, person } from './browser.mjs';
import { openHouse } from './house.mjs';

const house = openHouse();
const { inside } = house;

test('the first run ends with a key and three lines that were tried', async (t) => {
  await inside(t, { width: 320 }, async (page) => {
    await page.goto('/admin/');
    await page.fill('#code', house.code);
    await page.fill('#name', person.name);
    await page.fill('#email', person.email);
    await page.fill('#password', 'passwordpassword');
    await page.getByText('Easy to guess.').waitFor();
    await page.fill('#password', person.password);
    await fits(page, 'first run');
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/setup-320.png` });
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Welcome, Ada Lovelace' }).waitFor();
    await accessible(page, 'the last step');
    await page.getByRole('button', { name: 'Make the first key and try it' }).click();
    const shown = page.getByRole('dialog', { name: 'Your first key' });
    for (const name of ['curl', 'GraphQL', 'docker login']) await shown.getByRole('listitem').filter({ hasText: name }).getByText(/answered 200 in \d+ ms/).waitFor();
    await accessible(page, 'the first key');
    await fits(page, 'the first key');
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/first-key-320.png` });
    await shown.getByRole('button', { name: 'I have stored it' }).click();
    await page.getByRole('heading', { name: /Ada/ }).waitFor();
    assert.equal(new URL(page.url()).pathname, '/admin/');
    house.storage = await page.context().storageState();
  });
});

test('an invitation is accepted, once, and its token leaves the address at once', async (t) => {
  let link;
  await inside(t, {}, async (page) => {
    await page.goto('/admin/');
    link = await page.evaluate(async () => {
      const { csrf } = await (await fetch('/api/auth/me')).json();
      const answer = await fetch('/api/auth/invite', { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': csrf }, body: JSON.stringify({ email: 'grace@example.org', roles: ['admin'] }) });
      return (await answer.json()).link;
    });
  });
  await inside(t, { storage: undefined }, async (page) => {
    page.expectsRefusal = true;
    await page.goto(link);
    await page.getByRole('heading', { name: 'You are invited' }).waitFor();
    assert.equal(new URL(page.url()).hash, '');
    await page.getByLabel('Name').fill('Grace');
    await page.getByLabel('Password', { exact: true }).fill('short');
    await page.getByRole('button', { name: 'Accept the invitation' }).click();
    await page.locator('#link-password-fault').waitFor();
    await accessible(page, 'an invitation');
    await page.getByLabel('Password', { exact: true }).fill('nanoseconds of wire');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /Grace/ }).waitFor();
    assert.equal(new URL(page.url()).pathname, '/admin/');
  });
  await inside(t, { storage: undefined }, async (page) => {
    page.expectsRefusal = true;
    await page.goto(link);
    await page.getByLabel('Password', { exact: true }).fill('nanoseconds of wire');
    await page.keyboard.press('Enter');
    await page.getByText('This link is not valid, or not valid any more').waitFor();
  });
});

test('links that are incomplete or wrong say so, and lead to the sign-in', async (t) => {
  await inside(t, { storage: undefined }, async (page) => {
    page.expectsRefusal = true;
    await page.goto('/admin/reset');
    await page.getByText('Something is missing behind this link.').waitFor();
    await page.getByRole('link', { name: 'Go to the sign-in' }).click();
    await page.locator('#password').waitFor();
    await page.goto('/admin/reset#vtl_nothing');
    await page.getByLabel('Password', { exact: true }).fill('a new password, long');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    await accessible(page, 'a refused link');
    await page.goto('/admin/magic#vtl_nothing');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').waitFor();
    await page.goto('/admin/verify#vtl_nothing');
    await page.getByText('Sign in to verify your address.').waitFor();
  });
});

test('after too many attempts the time that is left is told, and a person chooses the language', async (t) => {
  await inside(t, { storage: undefined }, async (page) => {
    page.expectsRefusal = true;
    for (let i = 0; i < 10; i += 1)
      await fetch(`${house.url}/api/auth/login`, { method: 'POST', headers: { 'Content-Type': 'application/json', Origin: house.url }, body: JSON.stringify({ user: 'nobody@example.org', password: 'wrong, wrong' }) }).then((answer) => answer.text());
    // Refused while the wait runs; each attempt after it makes the next one longer.
    await page.goto('/admin/');
    await page.fill('#user', 'nobody@example.org');
    await house.until(async () => {
      await page.fill('#password', 'wrong, wrong');
      await page.keyboard.press('Enter');
      await page.getByRole('alert').waitFor();
      return page.getByText('Too many attempts').isVisible();
    }, 'the sign-in is held back');
    await page.getByRole('timer').waitFor();
    await accessible(page, 'held back');
    page.forget();
    await page.getByText('You can try again now.').waitFor();
    await page.getByLabel('Language').selectOption('fr');
    await page.getByRole('button', { name: 'Se connecter', exact: true }).waitFor();
    await accessible(page, 'sign in, French');
  });
});

for (const theme of ['light', 'dark'])
  for (const width of [1280, 320])
    test(`the door is accessible and fits: ${theme}, ${width} px`, async (t) => {
      await inside(t, { storage: undefined, theme, width }, async (page) => {
        for (const path of ['/sign-in', '/invitation#vtl_x', '/reset#vtl_x', '/magic#vtl_x']) {
          await page.goto(`/admin${path}`);
          await page.getByRole('heading', { level: 1 }).waitFor();
          await page.locator('.big').first().waitFor();
          await accessible(page, `${path} ${theme} ${width}`);
          await fits(page, path);
          if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/door-${path.slice(1).replace(/#.*/, '')}-${theme}-${width}.png` });
        }
      });
    });
