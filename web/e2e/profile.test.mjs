import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { accessible, fits, openPage } from './browser.mjs';
import { openHouse } from './house.mjs';

const password = 'a quiet afternoon';
const people = {};
const house = openHouse({
  signedIn: true,
  make: async (it) => {
    const role = await it.api('POST', '/api/content/item/roles', { data: { name: 'reader', label: 'Reader' } });
    await it.api('POST', '/api/content/item/grants', { data: { role: role._id, collection: 'posts', verbs: ['read'] } });
    const strict = await it.api('POST', '/api/content/item/roles', { data: { name: 'careful', label: 'Careful', second_factor: true } });
    for (const name of ['tom', 'pia', 'max', 'eve'])
      people[name] = await it.api('POST', '/api/content/item/users', { data: { name, email: `${name}@example.org`, password, roles: [name === 'eve' ? strict._id : role._id] } });
  },
});
const { inside, toast, row } = house;

/** RFC 6238; the server takes the steps beside the present one, each once. */
function totp(secret, steps = 0) {
  const bits = [...secret.replace(/\s/g, '')].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const mac = createHmac('sha1', key).update(counter).digest();
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}
async function typeIn(page, name, secret = password) {
  await page.fill('#user', `${name}@example.org`);
  await page.fill('#password', secret);
  await page.keyboard.press('Enter');
}
const main = (page) => page.getByRole('navigation', { name: 'Main' });

test('an authenticator is set up, asked for at sign-in and before keys, and recovery codes open once', async (t) => {
  let secret;
  let codes;
  await inside(t, { storage: await house.signedInAs('tom', password) }, async (page) => {
    page.expectsRefusal = true;
    await page.goto('/admin/profile/security');
    await page.getByRole('button', { name: 'Set up an authenticator' }).click();
    await page.getByRole('img', { name: 'QR code with the secret of the authenticator' }).waitFor();
    secret = await page.locator('[data-secret]').textContent();
    await accessible(page, 'setting up an authenticator');
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/totp.png`, fullPage: true });
    await page.getByLabel('The code that the app shows now').fill('000000');
    await page.getByRole('button', { name: 'Switch it on' }).click();
    await page.locator('#totp-code-fault').waitFor();
    await page.getByLabel('The code that the app shows now').fill(totp(secret, -1));
    await page.keyboard.press('Enter');
    const shown = page.getByRole('dialog', { name: 'Your recovery codes' });
    await shown.waitFor();
    codes = await shown.getByRole('listitem').allTextContents();
    assert.equal(codes.length, 10);
    const [file] = await Promise.all([page.waitForEvent('download'), shown.getByRole('button', { name: 'Download' }).click()]);
    assert.equal(file.suggestedFilename(), 'recovery-codes.txt');
    await shown.getByRole('button', { name: 'I have stored them' }).click();
    await page.getByText('10 left').waitFor();
  });
  await inside(t, { storage: undefined }, async (page) => {
    page.expectsRefusal = true;
    await page.goto('/admin/');
    await typeIn(page, 'tom');
    await page.getByLabel('Code of your authenticator').fill(totp(secret));
    await accessible(page, 'the second step');
    await page.keyboard.press('Enter');
    await main(page).waitFor();
    // The session is fresh; what is left of the codes is told.
    await page.goto('/admin/profile/security');
    await page.getByText('10 left').waitFor();
  });
  await inside(t, { storage: undefined }, async (page) => {
    page.expectsRefusal = true;
    await page.goto('/admin/');
    await typeIn(page, 'tom');
    await page.getByRole('button', { name: 'Use a recovery code' }).click();
    await page.getByLabel('Recovery code').fill(codes[0].trim());
    await page.keyboard.press('Enter');
    await main(page).waitFor();
    await page.goto('/admin/profile/security');
    await page.getByText('9 left').waitFor();
    await page.getByRole('button', { name: 'Make new codes…' }).click();
    await page.getByRole('dialog', { name: 'Make new recovery codes?' }).getByRole('button', { name: 'Make new codes' }).click();
    await page.getByRole('button', { name: 'I have stored them' }).click();
    await page.getByText('10 left').waitFor();
    await page.getByRole('button', { name: 'Remove…' }).click();
    await page.getByRole('dialog', { name: 'Remove the authenticator?' }).getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('button', { name: 'Set up an authenticator' }).waitFor();
  });
});

test('a passkey is made, signs in by itself and as second factor, and is removed', async (t) => {
  // Passkeys belong to a name; an address is none.
  const url = house.url.replace('127.0.0.1', 'localhost');
  const page = await openPage(house.browser, url);
  page.expectsRefusal = true;
  const devices = await page.context().newCDPSession(page);
  await devices.send('WebAuthn.enable');
  await devices.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
  const leave = async () => {
    await page.getByRole('button', { name: /Account/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.locator('#user').waitFor();
  };
  await page.goto('/admin/');
  await typeIn(page, 'pia');
  await main(page).waitFor();
  await page.goto('/admin/profile/security');
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await page.getByLabel('What to call it').fill('The laptop');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'I have stored them' }).click();
  await page.getByText('The laptop', { exact: true }).waitFor();
  await leave();
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await main(page).waitFor();
  await leave();
  await typeIn(page, 'pia');
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await main(page).waitFor();
  await page.goto('/admin/profile/security');
  await page.getByRole('button', { name: 'Remove the passkey The laptop' }).click();
  await page.getByRole('dialog', { name: 'Remove this passkey?' }).getByRole('button', { name: 'Remove' }).click();
  await toast(page, 'The passkey was removed');
  await page.getByText('The laptop', { exact: true }).waitFor({ state: 'detached' });
  page.quiet();
  await page.context().close();
});

test('the password is changed by who knows it, and other sessions end', async (t) => {
  const elsewhere = await house.signedInAs('max', password);
  await inside(t, { storage: await house.signedInAs('max', password) }, async (page) => {
    page.expectsRefusal = true;
    await page.goto('/admin/profile/security');
    await page.getByRole('button', { name: 'Change…' }).click();
    await page.getByLabel('Present password').fill('not this one');
    await page.getByLabel('New password').fill('short');
    await page.keyboard.press('Enter');
    await page.getByText('The password needs at least 8 characters.').waitFor();
    await page.getByLabel('New password').fill('a loud and long morning');
    await page.getByText('Strong.').waitFor();
    await page.keyboard.press('Enter');
    await page.locator('#password-current-fault').waitFor();
    await page.getByLabel('Present password').fill(password);
    await accessible(page, 'changing the password');
    await page.keyboard.press('Enter');
    await toast(page, 'The password was changed; your other sessions have ended');
    await page.goto('/admin/profile/sessions');
    await page.getByText('This one').waitFor();
    assert.equal(await page.getByRole('row').count(), 2);
  });
  await inside(t, { storage: elsewhere }, async (page) => {
    page.expectsRefusal = true;
    await page.goto('/admin/profile');
    await page.locator('#user').waitFor();
  });
});

test('name, language, theme and shortcuts are one’s own', async (t) => {
  const storage = await house.signedInAs('max', 'a loud and long morning');
  await inside(t, { storage }, async (page) => {
    page.expectsRefusal = true;
    await page.goto('/admin/profile');
    await page.getByLabel('Full name').fill('Max Mustermann');
    await page.getByLabel('E-mail').fill('no address');
    await page.getByLabel('Present password').fill('a loud and long morning');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.locator('#me-email-fault').waitFor();
    await page.getByLabel('E-mail').fill('max@example.com');
    await page.getByRole('button', { name: 'Save' }).click();
    await toast(page, 'Saved');
    await page.getByRole('radio', { name: 'Dark' }).check();
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
    await page.getByRole('switch', { name: 'Single letters are commands' }).press('Space');
    await page.locator('h1').focus();
    await page.keyboard.press('?');
    assert.equal(await page.getByRole('dialog').count(), 0);
    await page.getByLabel('Language').selectOption('de');
    await page.getByRole('heading', { name: 'Profil', exact: true }).waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'de');
    await accessible(page, 'the profile in German');
    const kept = async () => {
      const { full_name, email, language, theme } = await house.api('GET', `/api/content/item/users/${people.max._id}`);
      return [full_name, email, language, theme].join();
    };
    await house.until(async () => (await kept()) === 'Max Mustermann,max@example.com,de,dark', 'the account keeps them');
  });
  // Another browser, without a choice of its own, follows the account.
  await inside(t, { storage: undefined }, async (page) => {
    await page.goto('/admin/');
    await page.fill('#user', 'max@example.com');
    await page.fill('#password', 'a loud and long morning');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /Max|max/ }).waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'de');
  });
});

test('sessions are seen, and ended one by one or all at once', async (t) => {
  const others = [await house.signedInAs('pia', password), await house.signedInAs('pia', password)];
  const works = async ({ cookies: [{ name, value }] }) => (await (await fetch(`${house.url}/api/auth/me`, { headers: { Cookie: `${name}=${value}` } })).json()).kind === 'user';
  await inside(t, { storage: await house.signedInAs('pia', password) }, async (page) => {
    await page.goto('/admin/profile/sessions');
    await page.getByText('This one').waitFor();
    await page.getByRole('button', { name: /^Sign out there: / }).first().click();
    await toast(page, 'Signed out there');
    assert.equal((await Promise.all(others.map(works))).filter(Boolean).length, 1);
    await page.getByRole('button', { name: 'Sign out everywhere else…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Sign out everywhere else' }).click();
    await toast(page, 'You are signed out everywhere else');
    await house.until(async () => (await page.getByRole('row').count()) === 2, 'one session is left');
    assert.deepEqual(await Promise.all(others.map(works)), [false, false]);
    // Not everybody's: who may not read the journal has no such part.
    assert.equal(await page.getByRole('link', { name: 'Activity' }).count(), 0);
  });
});

test('a role that asks for a second factor lets nobody in without one', async (t) => {
  await inside(t, { storage: undefined }, async (page) => {
    page.expectsRefusal = true;
    await page.goto('/admin/');
    await typeIn(page, 'eve');
    await page.getByRole('heading', { name: 'One more step' }).waitFor();
    const secret = await page.locator('[data-secret]').textContent();
    await accessible(page, 'setting up what the role asks for');
    await fits(page, 'enrolling');
    await page.getByLabel('The code that the app shows now').fill(totp(secret));
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'I have stored them' }).click();
    await main(page).waitFor();
  });
});

test('one’s own activity stands in the journal', async (t) => {
  await inside(t, {}, async (page) => {
    await page.goto('/admin/profile/activity');
    await row(page, 'Roles').first().waitFor();
  });
});

for (const theme of ['light', 'dark'])
  for (const width of [1280, 320])
    test(`the screens of the profile are accessible and fit: ${theme}, ${width} px`, async (t) => {
      await inside(t, { theme, width }, async (page) => {
        for (const [path, text] of [['/profile', 'How it looks'], ['/profile/security', 'Recovery codes'], ['/profile/sessions', 'This one'], ['/profile/activity', 'Created']]) {
          await page.goto(`/admin${path}`);
          await page.getByText(text, { exact: true }).first().waitFor();
          await accessible(page, `${path} ${theme} ${width}`);
          await fits(page, path);
          if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${path.slice(1).replaceAll('/', '-')}-${theme}-${width}.png` });
        }
      });
    });
