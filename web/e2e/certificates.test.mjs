// The certificate desk in the browser: an authority, a request made with openssl, signed, carried away, verified, revoked; and who sees what.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { accessible, fits } from './browser.mjs';
import { openHouse } from './house.mjs';

const requestor = { email: 'host@example.org', password: 'a long password for hosts' };
const reader = { email: 'reads@example.org', password: 'a long password for reading' };
const folder = mkdtempSync(join(tmpdir(), 'vitrine-pki-'));
after(() => rmSync(folder, { recursive: true }));

function openssl(...words) {
  const done = spawnSync('openssl', words, { cwd: folder, encoding: 'utf8' });
  assert.equal(done.status, 0, `openssl ${words[0]}: ${done.stderr}`);
  return done.stdout;
}
/** A key of its own and a request for it. */
function requestFor(name, ...more) {
  openssl('req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${name}.key`, '-subj', `/CN=${name}`, '-addext', `subjectAltName=${[`DNS:${name}`, ...more].join(',')}`, '-out', `${name}.csr`);
  return readFileSync(join(folder, `${name}.csr`), 'utf8');
}

const house = openHouse({
  signedIn: true,
  async make(now) {
    for (const [name, template, who] of [
      ['Hanna', 'certificate_requestor', requestor],
      ['Rolf', 'certificate_reader', reader],
    ]) {
      const role = await now.api('POST', '/api/content/item/roles', { data: { name: template, template } });
      await now.api('POST', '/api/content/item/users', { data: { ...who, name, roles: [role._id] } });
    }
  },
});
const { row, toast, inside } = house;
const dialog = (page) => page.getByRole('dialog');
const named = async (collection, filter) => (await house.api('GET', `/api/content/items/${collection}?filter=${encodeURIComponent(JSON.stringify(filter))}`))[0];

test('a root and an intermediate are made by the wizard, by keyboard', async (t) => {
  await inside(t, {}, async (page) => {
    await page.goto('/admin/certificates/authorities');
    await page.getByRole('button', { name: 'New authority' }).press('Enter');
    await dialog(page).getByText('Step 1 of 3').waitFor();
    await page.getByRole('radio', { name: /^A root/ }).press('Enter');
    await page.getByRole('button', { name: 'Next' }).press('Enter');
    await page.getByText('An authority needs a name').waitFor();
    await page.getByLabel('Common name').fill('Acme Root');
    await page.getByLabel('Organisation').fill('Acme');
    await page.keyboard.press('Enter');
    await page.getByLabel('Levels of authorities below it').fill('1');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Acme Root', level: 1 }).waitFor();
    await page.getByText('Sealed here; nothing gives it out').waitFor();

    await page.goto('/admin/certificates/authorities');
    await row(page, 'Acme Root').waitFor();
    await page.getByRole('button', { name: 'New authority' }).click();
    await page.getByRole('radio', { name: /^An intermediate Signed/ }).check();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByLabel('Common name').fill('Acme Web');
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByLabel('Days', { exact: true }).fill('1000');
    await page.getByLabel('Only for these domains').fill('example.org');
    await dialog(page).getByRole('list', { name: /^Chain/ }).getByText('Acme Root').waitFor();
    await page.getByRole('button', { name: 'Make it' }).click();
    await page.getByRole('heading', { name: 'Acme Web', level: 1 }).waitFor();
    await page.getByRole('list', { name: /^Chain/ }).getByText('Acme Root').waitFor();
  });
});

test('a profile and a rule are made by forms', async (t) => {
  await inside(t, {}, async (page) => {
    await page.goto('/admin/certificates/profiles');
    await page.getByRole('button', { name: 'New profile' }).click();
    await page.getByLabel(/^Name/).fill('web');
    await page.getByLabel('TLS client').uncheck();
    await page.getByLabel('Days at most').fill('90');
    await page.getByRole('button', { name: 'Save' }).click();
    await row(page, 'web').getByText('TLS server').waitFor();

    await page.goto('/admin/certificates/rules');
    await page.getByRole('button', { name: 'New rule' }).click();
    await page.getByLabel(/^Name/).fill('web servers');
    await page.getByLabel('DNS names').fill('*.example.org');
    await page.getByLabel('Try a name').fill('a.b.example.org');
    await page.getByText('The rule does not allow a.b.example.org').waitFor();
    await page.getByLabel('Try a name').fill('www.example.org');
    await page.getByText('The rule allows www.example.org').waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    await row(page, 'web servers').getByText('Somebody decides').waitFor();
  });
});

test('a requestor hands in, sees what the rules say, and only what is his', async (t) => {
  const storage = await house.signedInAs(requestor.email, requestor.password);
  await inside(t, { storage }, async (page) => {
    page.expectsRefusal = true;
    await page.goto('/admin/certificates');
    const parts = page.getByRole('navigation', { name: 'Parts of the desk' });
    await parts.getByRole('link', { name: 'Requests' }).waitFor();
    for (const part of ['Authorities', 'Rules', 'ACME']) assert.equal(await parts.getByRole('link', { name: part }).count(), 0);
    await page.getByRole('button', { name: 'Hand in a request' }).click();
    const field = page.getByLabel('Certificate request (PEM)');
    await field.fill('nonsense');
    await page.getByText('This is no certificate request').waitFor();
    requestFor('www.example.org', 'DNS:shop.example.org');
    await field.fill(readFileSync(join(folder, 'www.example.org.key'), 'utf8'));
    await page.getByText('There is a private key in it.').waitFor();
    await field.fill(requestFor('www.example.com'));
    await page.getByText('No rule lets you have www.example.com').waitFor();
    await page.getByRole('button', { name: 'Hand in', exact: true }).click();
    await dialog(page).getByRole('alert').waitFor();
    await page.locator('input[type=file]').setInputFiles(join(folder, 'www.example.org.csr'));
    await page.getByText('The rule “web servers” lets these names in').waitFor();
    await page.getByLabel('Note for who decides').fill('the shop');
    await page.getByRole('button', { name: 'Hand in', exact: true }).click();
    await page.getByRole('heading', { name: 'www.example.org', level: 1 }).waitFor();
    await page.getByText('the shop').waitFor();
    for (const verb of ['Sign…', 'Reject…', 'Revoke…', 'Delete the request']) assert.equal(await page.getByRole('button', { name: verb }).count(), 0, verb);
    await page.goto('/admin/certificates/authorities');
    await page.getByText('your role may not read it').waitFor();
  });
});

test('a request is looked at, signed, carried away, verified and revoked', async (t) => {
  await inside(t, {}, async (page) => {
    await page.goto('/admin/certificates/requests?status=Outstanding');
    await row(page, 'www.example.org').getByRole('link').press('Enter');
    await page.getByText('The rule “web servers” allows every name').waitFor();
    await page.getByText('shop.example.org').first().waitFor();
    await page.getByRole('button', { name: 'Sign…' }).press('Enter');
    await page.getByLabel('Authority').selectOption({ label: 'Acme Web (2)' });
    await page.getByLabel('Profile').selectOption('web');
    await page.getByLabel('Days').fill('x');
    await page.getByText('A whole number of days').waitFor();
    await page.getByLabel('Days').fill('30');
    const chain = dialog(page).getByRole('list', { name: /^Chain/ }).getByRole('listitem');
    assert.deepEqual((await chain.allInnerTexts()).map((text) => text.split('\n').filter(Boolean)[1]), ['Acme Root', 'Acme Web', 'www.example.org']);
    await dialog(page).getByText('The authority may sign for every name').waitFor();
    await dialog(page).getByRole('button', { name: 'Sign' }).press('Enter');
    await toast(page, 'www.example.org was signed');

    const files = {};
    for (const [button, file] of [
      ['PEM', 'leaf.pem'],
      ['PEM with its chain', 'chain.pem'],
      ['DER', 'leaf.der'],
    ]) {
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: button, exact: true }).last().click()]);
      files[file] = join(folder, file);
      await download.saveAs(files[file]);
    }
    await page.getByRole('button', { name: 'PKCS#12…' }).click();
    await page.getByLabel('Password of the file').fill('secret of the file');
    const [sealed] = await Promise.all([page.waitForEvent('download'), dialog(page).getByRole('button', { name: 'Download' }).click()]);
    await sealed.saveAs(join(folder, 'leaf.p12'));

    const blocks = readFileSync(files['chain.pem'], 'utf8').match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g);
    assert.equal(blocks.length, 3);
    writeFileSync(join(folder, 'between.pem'), blocks[1]);
    writeFileSync(join(folder, 'root.pem'), blocks[2]);
    assert.match(openssl('verify', '-CAfile', 'root.pem', '-untrusted', 'between.pem', '-purpose', 'sslserver', '-verify_hostname', 'shop.example.org', 'leaf.pem'), /OK/);
    assert.equal(openssl('x509', '-in', 'leaf.pem', '-noout', '-fingerprint'), openssl('x509', '-in', 'leaf.der', '-inform', 'DER', '-noout', '-fingerprint'));
    assert.equal(openssl('x509', '-in', 'leaf.pem', '-noout', '-pubkey'), openssl('req', '-in', 'www.example.org.csr', '-noout', '-pubkey'));
    assert.match(openssl('pkcs12', '-in', 'leaf.p12', '-passin', 'pass:secret of the file', '-nokeys'), /BEGIN CERTIFICATE/);

    await page.getByRole('link', { name: 'Open the certificate' }).click();
    await page.getByText('Good for 30 days, ends').waitFor();
    await page.getByRole('list', { name: /^Chain/ }).getByRole('link', { name: 'Acme Root' }).waitFor();
    await page.getByRole('button', { name: 'Revoke…' }).press('Enter');
    await page.getByLabel('Reason').selectOption('keyCompromise');
    await dialog(page).getByRole('button', { name: 'Revoke' }).press('Enter');
    await toast(page, 'www.example.org was revoked');
    await page.getByText(/Its key was lost or stolen/).waitFor();
    const crl = await (await fetch(`${house.server.behind}/pki/crl/2.pem`)).text();
    writeFileSync(join(folder, 'list.pem'), crl);
    const serial = openssl('x509', '-in', 'leaf.pem', '-noout', '-serial').trim().split('=')[1];
    assert.ok(openssl('crl', '-in', 'list.pem', '-noout', '-text').includes(serial));
    await page.goto('/admin/certificates/issued?state=revoked');
    await row(page, 'www.example.org').getByText('Revoked').waitFor();
  });
});

test('a request is renewed, one is rejected with a reason, a chain for another key is refused', async (t) => {
  await inside(t, {}, async (page) => {
    page.expectsRefusal = true;
    const made = await house.api('POST', '/api/content/item/certificate_requests', { data: { csr: requestFor('old.example.org') } });
    await house.api('POST', `/api/content/item/certificate_requests/${made._id}/sign`, { authority: 2, days: 5 });
    await page.goto(`/admin/certificates/requests/${made._id}`);
    await page.getByRole('button', { name: 'Renew…' }).click();
    await page.getByLabel('Days').fill('6');
    await dialog(page).getByRole('button', { name: 'Renew' }).click();
    await toast(page, 'old.example.org was renewed');
    await page.goto('/admin/certificates/issued?name=old');
    await row(page, 'old.example.org').nth(1).waitFor();
    await page.getByRole('button', { name: /end within 7 days/ }).click();
    await page.waitForURL(/ends=7/);
    await row(page, 'old.example.org').nth(1).waitFor();

    const other = await house.api('POST', '/api/content/item/certificate_requests', { data: { csr: requestFor('no.example.org') } });
    await page.goto(`/admin/certificates/requests/${other._id}`);
    await page.getByRole('button', { name: 'Add a chain…' }).click();
    await page.getByLabel('Certificates (PEM)').fill(readFileSync(join(folder, 'chain.pem'), 'utf8'));
    await dialog(page).getByRole('button', { name: 'Add', exact: true }).click();
    await dialog(page).getByRole('alert').waitFor();
    await dialog(page).getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Reject…' }).click();
    await page.getByLabel('Reason').fill('not one of ours');
    await dialog(page).getByRole('button', { name: 'Reject' }).click();
    await page.getByText('not one of ours').first().waitFor();
    assert.equal((await named('certificate_requests', { _id: other._id })).status, 'Rejected');
  });
});

test('an authority is disabled and enabled, and its list written anew', async (t) => {
  await inside(t, {}, async (page) => {
    const { _id, crl_number } = await named('certificate_authorities', { serial: 2 });
    await page.goto(`/admin/certificates/authorities/${_id}`);
    await page.getByRole('button', { name: 'Disable…' }).click();
    await dialog(page).getByRole('button', { name: 'Disable' }).click();
    await toast(page, 'Acme Web is disabled');
    await page.getByRole('button', { name: 'Enable', exact: true }).click();
    await toast(page, 'Acme Web signs');
    await page.getByRole('button', { name: 'Write it anew' }).click();
    await toast(page, 'The list was written anew');
    assert.ok((await named('certificate_authorities', { serial: 2 })).crl_number > crl_number);
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByLabel('What it signs lives at most so many days').fill('60');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('60 days at most').waitFor();
  });
});

test('who may only read sees everything and can do nothing', async (t) => {
  const storage = await house.signedInAs(reader.email, reader.password);
  await inside(t, { storage }, async (page) => {
    await page.goto('/admin/certificates/requests');
    await row(page, 'no.example.org').getByRole('link').click();
    await page.getByRole('heading', { name: 'no.example.org', level: 1 }).waitFor();
    await page.goto('/admin/certificates/authorities');
    await page.getByRole('link', { name: 'Acme Root' }).waitFor();
    assert.equal(await page.getByRole('button', { name: 'New authority' }).count(), 0);
    await page.getByRole('link', { name: 'Acme Root' }).click();
    await page.getByText('Sealed here').waitFor();
    for (const verb of ['Disable…', 'Settings', 'Write it anew', 'Delete the authority']) assert.equal(await page.getByRole('button', { name: verb }).count(), 0, verb);
    await page.goto('/admin/certificates/profiles');
    await row(page, 'web').waitFor();
    assert.equal(await page.getByRole('button', { name: 'New profile' }).count(), 0);
  });
});

test('every screen is for everybody, in both themes, wide and narrow', async (t) => {
  const authority = await named('certificate_authorities', { serial: 2 });
  const request = await named('certificate_requests', { status: 'Rejected' });
  const waiting = await house.api('POST', '/api/content/item/certificate_requests', { data: { csr: requestFor('wait.example.org') } });
  const certificate = await named('certificates', { names: 'dns:www.example.org' });
  const places = [
    ['/admin/certificates/requests', 'wait.example.org'],
    [`/admin/certificates/requests/${waiting._id}`, 'allows every name'],
    [`/admin/certificates/requests/${request._id}`, 'not one of ours'],
    ['/admin/certificates/issued', 'old.example.org'],
    [`/admin/certificates/issued/${certificate._id}`, 'Serial number'],
    ['/admin/certificates/authorities', 'Acme Web'],
    [`/admin/certificates/authorities/${authority._id}`, 'Public address'],
    ['/admin/certificates/profiles', 'TLS server'],
    ['/admin/certificates/rules', 'web servers'],
    ['/admin/certificates/acme', 'No program has made'],
  ];
  await house.everywhere(t, async (page, which) => {
    for (const [address, seen] of places) {
      await page.goto(address);
      await page.locator('main').getByText(seen).first().waitFor();
      if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/certificates-${which}-${address.replace(/\W+/g, '-').slice(7, 60)}.png`, fullPage: true });
      await fits(page, `${address} ${which}`);
      await accessible(page, `${address} ${which}`);
    }
    await page.goto(`/admin/certificates/requests/${waiting._id}`);
    await page.getByRole('button', { name: 'Sign…' }).click();
    await dialog(page).getByText('The chain that comes of it').waitFor();
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/certificates-${which}-sign.png` });
    await accessible(page, `signing ${which}`);
  });
});
