// The registry in the browser: what a push brings, tags, manifests, what is attached, retention, and who sees what.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { accessible, fits } from './browser.mjs';
import { openHouse } from './house.mjs';

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const indexType = 'application/vnd.oci.image.index.v1+json';
const pusher = { email: 'push@example.org', password: 'a long password for pushing' };
const layer = (text, size) => Buffer.alloc(size, text);
let key, subject;

const digestOf = (bytes) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
async function put(method, path, body, type) {
  const response = await fetch(house.server.behind + path, { method, headers: { 'api-key': key, 'Content-Type': type }, body });
  assert.equal(response.status, 201, `${method} ${path}: ${await response.text()}`);
}
async function blob(repository, bytes, type) {
  const digest = digestOf(bytes);
  await put('POST', `/v2/${repository}/blobs/uploads/?digest=${digest}`, bytes, 'application/octet-stream');
  return { mediaType: type, digest, size: bytes.length };
}
async function manifest(repository, reference, content, type = manifestType) {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: type, ...content }));
  const digest = digestOf(bytes);
  await put('PUT', `/v2/${repository}/manifests/${reference ?? digest}`, bytes, type);
  return { mediaType: type, digest, size: bytes.length };
}
async function image(repository, reference, architecture, layers, env = []) {
  const config = {
    created: '2026-11-20T09:30:00Z',
    os: 'linux',
    architecture,
    config: { Env: ['PATH=/usr/bin', ...env], Entrypoint: ['/usr/bin/app'], Labels: { 'org.opencontainers.image.title': repository } },
    history: layers.map((_, i) => ({ created_by: `RUN step ${i + 1} # buildkit` })),
    rootfs: { type: 'layers', diff_ids: layers.map(digestOf) },
  };
  const parts = [];
  for (const one of layers) parts.push(await blob(repository, one, 'application/vnd.oci.image.layer.v1.tar'));
  const made = await manifest(repository, reference, { config: await blob(repository, Buffer.from(JSON.stringify(config)), 'application/vnd.oci.image.config.v1+json'), layers: parts });
  return { ...made, platform: { os: 'linux', architecture } };
}

/** An image on disk, to be pushed by a container tool. */
function layout() {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-oci-'));
  const blobs = join(folder, 'blobs/sha256');
  mkdirSync(blobs, { recursive: true });
  const keep = (bytes) => {
    writeFileSync(join(blobs, digestOf(bytes).slice(7)), bytes);
    return { digest: digestOf(bytes), size: bytes.length };
  };
  const one = layer('pushed', 1024);
  const config = keep(Buffer.from(JSON.stringify({ os: 'linux', architecture: 'amd64', config: {}, rootfs: { type: 'layers', diff_ids: [digestOf(one)] } })));
  const made = keep(
    Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: manifestType,
        config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
        layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', ...keep(one) }],
      }),
    ),
  );
  writeFileSync(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [{ mediaType: manifestType, ...made, annotations: { 'org.opencontainers.image.ref.name': 'it' } }] }));
  return folder;
}

const house = openHouse({
  signedIn: true,
  async make(now) {
    key = now.server.run('key', 'create', '--role', 'admin').trim();
    const shared = layer('base', 200_000);
    subject = await image('acme/app', '1.0', 'amd64', [shared, layer('one', 9000)]);
    await image('acme/app', '1.1', 'amd64', [shared, layer('two', 12_000)], ['DEBUG=1']);
    await image('acme/app', 'nightly', 'amd64', [shared, layer('three', 7000)]);
    const each = [await image('web/front', undefined, 'amd64', [shared]), await image('web/front', undefined, 'arm64', [layer('arm', 5000)])];
    await manifest('web/front', 'latest', { manifests: each, annotations: { 'org.opencontainers.image.description': 'The **front**.\n\n- one\n- two' } }, indexType);
    const empty = await blob('acme/app', Buffer.from('{}'), 'application/vnd.oci.empty.v1+json');
    const attach = async (artifactType, content, type) =>
      manifest('acme/app', undefined, { artifactType, config: empty, layers: [await blob('acme/app', Buffer.from(JSON.stringify(content)), type)], subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size } });
    await attach(
      'application/vnd.aquasec.trivy.report+json',
      { SchemaVersion: 2, ArtifactName: 'acme/app:1.0', Results: [{ Target: 'os', Vulnerabilities: [{ VulnerabilityID: 'CVE-2026-0001', PkgName: 'openssl', InstalledVersion: '3.0.9', FixedVersion: '3.0.11', Severity: 'HIGH', Title: 'A buffer that is too small' }] }] },
      'application/json',
    );
    await attach('application/spdx+json', { spdxVersion: 'SPDX-2.3', name: 'acme/app', packages: [{ name: 'zlib', versionInfo: '1.3.1', licenseConcluded: 'Zlib' }] }, 'application/spdx+json');
    const role = await now.api('POST', '/api/content/item/roles', { data: { name: 'registry_pusher', template: 'registry_pusher' } });
    await now.api('POST', '/api/content/item/users', { data: { ...pusher, name: 'Pia', roles: [role._id] } });
  },
});
const { row, toast, inside } = house;
const tabs = (page, name) => page.getByRole('navigation', { name });

test('a push by a container tool is seen', async (t) => {
  await inside(t, {}, async (page) => {
    await page.goto('/admin/registry');
    await row(page, 'acme/app').waitFor();
    assert.equal(await row(page, 'tools/pushed').count(), 0);
    const folder = layout();
    const pushed = spawnSync('skopeo', ['copy', '--dest-tls-verify=false', `--dest-creds=x:${key}`, `oci:${folder}:it`, `docker://${new URL(house.server.behind).host}/tools/pushed:0.1`], { encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    if (pushed.error?.code === 'ENOENT') await image('tools/pushed', '0.1', 'amd64', [layer('pushed', 1024)]);
    else assert.equal(pushed.status, 0, pushed.stderr);
    await page.reload();
    await row(page, 'tools/pushed').getByRole('link').click();
    await page.getByRole('heading', { name: 'tools/pushed' }).waitFor();
    await row(page, '0.1').waitFor();
  });
});

test('repositories are filtered by name and namespace, and marked', async (t) => {
  await inside(t, {}, async (page) => {
    await page.goto('/admin/registry');
    await row(page, 'web/front').waitFor();
    await page.getByLabel('Namespace').selectOption('acme');
    await row(page, 'web/front').waitFor({ state: 'detached' });
    assert.match(page.url(), /in=acme/);
    await page.getByRole('button', { name: 'Star acme/app' }).click();
    await page.locator('[aria-pressed=true][aria-label="Star acme/app"]').waitFor();
    await page.getByLabel('Namespace').selectOption('');
    await page.getByLabel('Marked').selectOption('starred');
    await row(page, 'web/front').waitFor({ state: 'detached' });
    await page.getByLabel('Find a repository by name').fill('nothing like it');
    await page.getByText('No repository fits.').waitFor();
    await page.getByRole('button', { name: 'Show all' }).click();
    await row(page, 'web/front').waitFor();
  });
});

test('two tags are compared, one is tagged again, one is deleted', async (t) => {
  await inside(t, {}, async (page) => {
    page.expectsRefusal = true;
    await page.goto('/admin/registry/acme/app');
    await row(page, 'nightly').waitFor();
    await page.getByText('High: 1').waitFor();
    await page.getByLabel('Pick 1.0').check();
    await page.getByLabel('Pick 1.1').check();
    await page.getByRole('link', { name: 'Compare the two' }).click();
    await page.getByText('env DEBUG').waitFor();
    await page.goBack();
    await page.getByRole('button', { name: 'Tag nightly again' }).click();
    await page.getByLabel('New tag').fill('1.0');
    await page.getByRole('dialog').getByRole('button', { name: 'Tag', exact: true }).click();
    await page.getByText('There is a tag of this name already').waitFor();
    await page.getByLabel('New tag').fill('candidate');
    await page.keyboard.press('Enter');
    await toast(page, 'nightly is tagged candidate');
    await page.getByRole('link', { name: 'candidate', exact: true }).waitFor();
    await page.getByLabel('Pick nightly').check();
    await page.getByRole('button', { name: 'Delete…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await toast(page, '1 tag was deleted');
    await page.getByLabel('Pick nightly').waitFor({ state: 'detached' });
    const { tags } = await house.api('GET', '/v2/acme/app/tags/list');
    assert.deepEqual(tags, ['1.0', '1.1', 'candidate']);
  });
});

test('a manifest shows its layers, its configuration, what is attached and how it is pulled', async (t) => {
  await inside(t, {}, async (page) => {
    await page.goto('/admin/registry/acme/app/-/tag/1.0');
    await page.getByText('RUN step 1', { exact: true }).waitFor();
    await page.getByText(/shared with 3 other images/).waitFor();
    await page.getByText(`docker pull ${new URL(house.url).host}/acme/app:1.0`).waitFor();
    await page.getByText(`docker pull ${new URL(house.url).host}/acme/app@${subject.digest}`).waitFor();
    await tabs(page, 'Parts of the image').getByRole('link', { name: 'Configuration' }).click();
    await page.getByText('/usr/bin/app').waitFor();
    await tabs(page, 'Parts of the image').getByRole('link', { name: 'Attached' }).click();
    await page.getByText('Nobody has signed it.').waitFor();
    await row(page, 'application/spdx+json').getByRole('button', { name: /^View/ }).click();
    await page.getByRole('dialog').getByText('zlib', { exact: true }).waitFor();
    await page.keyboard.press('Escape');
    await tabs(page, 'Parts of the image').getByRole('link', { name: 'Vulnerabilities' }).click();
    await row(page, 'CVE-2026-0001').getByText('3.0.11').waitFor();
    await tabs(page, 'Parts of the image').getByRole('link', { name: 'Raw' }).click();
    await page.getByRole('button', { name: 'Read the manifest' }).click();
    await page.getByText('"schemaVersion": 2').waitFor();
    assert.equal(await page.locator('pre a').count(), 3);
  });
});

test('an index leads to the image of each platform, and says what it is', async (t) => {
  await inside(t, {}, async (page) => {
    await page.goto('/admin/registry/web/front/-/tag/latest');
    await page.getByText('RUN step 1', { exact: true }).waitFor();
    const platform = page.getByLabel('Platform', { exact: true });
    await platform.selectOption({ index: 1 });
    await page.waitForURL(/platform=sha256/);
    await page.getByText('1 layer, 5 kB together').waitFor();
    await page.goto('/admin/registry/web/front/-/about');
    await page.locator('.prose strong').getByText('front').waitFor();
    await page.goto('/admin/registry/web/front/-/access');
    await row(page, 'You').getByText('yes').first().waitFor();
    await row(page, 'registry_pusher').getByText('no').waitFor();
    await page.goto('/admin/registry/web/front/-/activity');
    await row(page, 'tags create').waitFor();
  });
});

test('settings of a repository are kept: its tags do not move any more', async (t) => {
  await inside(t, {}, async (page) => {
    await page.goto('/admin/registry/web/front');
    await page.getByLabel('Pick latest').waitFor();
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByLabel('Quota in megabytes').fill('less');
    await page.getByLabel('Immutable tags').check();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('A number above zero, or nothing').waitFor();
    await page.getByLabel('Quota in megabytes').fill('50');
    await page.getByRole('button', { name: 'Save' }).click();
    await toast(page, 'Saved');
    await page.getByLabel('Pick latest').waitFor({ state: 'detached' });
    const [now] = await house.api('GET', '/api/content/items/repositories?filter={"name":"web/front"}');
    assert.equal(now.quota, 50_000_000);
    assert.equal(now.immutable_tags, true);
  });
});

test('a retention rule is made, says what it would do, and deletes nothing by looking', async (t) => {
  await inside(t, {}, async (page) => {
    await page.goto('/admin/registry/-/retention');
    await page.getByRole('button', { name: 'New rule' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Name at least one repository or pattern').waitFor();
    await page.getByLabel('Name', { exact: true }).fill('builds');
    await page.getByLabel('Repositories').fill('acme/*');
    await page.getByRole('button', { name: 'Add an entry' }).click();
    await page.getByLabel('Patterns').fill('(');
    await page.getByText('This is no regular expression').waitFor();
    await page.getByLabel('Patterns').fill('^1\\.');
    await page.getByLabel('Never sooner after its push than').fill('1s');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'What would builds do?' }).waitFor();
    const gone = row(page, 'candidate');
    await gone.getByText('go', { exact: true }).waitFor();
    await row(page, '1.0').first().getByText('stay').waitFor();
    await page.getByLabel('Only what would go').check();
    await row(page, '1.1').waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
    await row(page, 'builds').getByText('Only looks').waitFor();
    await page.goto('/admin/registry/acme/app/-/retention');
    await page.getByText('The rule “builds” counts here').waitFor();
    await row(page, 'candidate').waitFor();
    const { tags } = await house.api('GET', '/v2/acme/app/tags/list');
    assert.deepEqual(tags, ['1.0', '1.1', 'candidate']);
  });
});

test('mirrors and trusted keys are added', async (t) => {
  await inside(t, {}, async (page) => {
    await page.goto('/admin/registry/-/mirrors');
    await page.getByRole('button', { name: 'New mirror' }).click();
    await page.getByLabel('Name', { exact: false }).first().fill('docker.io');
    await page.getByLabel(/^Address/).fill('https://registry.invalid');
    await page.getByLabel('Prefix', { exact: true }).fill('hub/');
    await page.getByLabel('Enabled').uncheck();
    await page.getByRole('button', { name: 'Save' }).click();
    await row(page, 'docker.io').getByText('Off').waitFor();
    await page.goto('/admin/registry/-/trust');
    await page.getByRole('button', { name: 'Add a key' }).click();
    await page.getByLabel('Public key (PEM)').fill(`-----BEGIN ${'PRIVATE'} KEY-----`);
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByText('This is a private key.').waitFor();
    await page.getByLabel('Name', { exact: true }).fill('release');
    await page
      .getByLabel('Public key (PEM)')
      .fill('-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEs4iHOxYdoWMEnMiJRL16D7wQwYGa\n5VHticPsjbNyIKg0dOqOhIHljjvXyMsp88ypwp3She7PHIAijhR/ymvPJA==\n-----END PUBLIC KEY-----');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await row(page, 'release').getByText('a public key').waitFor();
  });
});

test('who may not delete sees no way to', async (t) => {
  const storage = await house.signedInAs(pusher.email, pusher.password);
  await inside(t, { storage }, async (page) => {
    await page.goto('/admin/registry/acme/app');
    await row(page, 'candidate').waitFor();
    assert.equal(await page.getByLabel(/^Pick /).count(), 0);
    assert.equal(await page.getByRole('button', { name: 'Delete the repository' }).count(), 0);
    assert.equal(await tabs(page, 'Parts of the repository').getByRole('link', { name: 'Retention' }).count(), 0);
    await page.goto('/admin/registry/-/retention');
    await page.getByText('your role may not read it').waitFor();
    await page.goto('/admin/registry/acme/app/-/tag/1.0');
    await page.getByRole('button', { name: 'Tag again' }).waitFor();
    assert.equal(await page.getByRole('button', { name: /Delete/ }).count(), 0);
    await page.goto('/admin/registry/acme/other');
    await page.getByText('There is no repository of this name').waitFor();
  });
});

const places = [
  ['/admin/registry', 'acme/app'],
  ['/admin/registry/-/retention', 'builds'],
  ['/admin/registry/-/mirrors', 'docker.io'],
  ['/admin/registry/-/trust', 'release'],
  ['/admin/registry/-/storage', 'On disk'],
  ['/admin/registry/acme/app', '1.1'],
  ['/admin/registry/acme/app/-/about', 'No limit'],
  ['/admin/registry/acme/app/-/access', 'yes'],
  ['/admin/registry/acme/app/-/retention', 'candidate'],
  ['/admin/registry/acme/app/-/activity', 'tags create'],
  ['/admin/registry/acme/app/-/compare?from=1.0&to=1.1', 'env DEBUG'],
  ['/admin/registry/web/front/-/tag/latest', 'RUN step 1'],
  ['/admin/registry/acme/app/-/tag/1.0?part=config', '/usr/bin/app'],
  ['/admin/registry/acme/app/-/tag/1.0?part=about', 'application/spdx+json'],
  ['/admin/registry/acme/app/-/tag/1.0?part=vulnerabilities', 'CVE-2026-0001'],
];
test('every screen is for everybody, in both themes, wide and narrow', async (t) => {
  await house.everywhere(t, async (page, which) => {
    for (const [address, seen] of places) {
      await page.goto(address);
      await page.locator('main').getByText(seen).first().waitFor();
      if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/registry-${which}-${address.replace(/\W+/g, '-').slice(7, 60)}.png`, fullPage: true });
      await fits(page, `${address} ${which}`);
      await accessible(page, `${address} ${which}`);
    }
  });
});
