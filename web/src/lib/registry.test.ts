import { describe, expect, it } from 'vitest';
import { compareLayers, cutAtDigests, differences, isAboutTag, isDigest, kindOf, namespaces, placeIn, pullCommands, readConfig, repositoryPath, shortDigest, validTag, withSteps, type Layer } from './registry';
import { explain } from './reports';

const digest = `sha256:${'ab12'.repeat(16)}`;

it.each([
  [[], '', []],
  [['-', 'storage'], '', ['storage']],
  [['acme', 'app'], 'acme/app', []],
  [['acme', 'app', '-', 'tag', '1.0'], 'acme/app', ['tag', '1.0']],
  [['retention'], 'retention', []],
])('the path %j', (rest, repository, behind) => expect(placeIn(rest)).toEqual({ repository, behind }));

it('makes paths that are read again', () => {
  expect(repositoryPath('acme/app')).toBe('/registry/acme/app');
  expect(repositoryPath('acme/app', 'manifest', digest)).toBe(`/registry/acme/app/-/manifest/${digest}`);
});

it.each([
  [digest, true],
  ['latest', false],
  ['sha256:short', false],
])('%s is a digest: %s', (text, is) => expect(isDigest(text)).toBe(is));

it('shortens what is long', () => {
  expect(shortDigest(digest)).toBe('sha256:ab12ab12…ab12');
  expect(shortDigest('sha256:abc')).toBe('sha256:abc');
});

it.each([
  [`sha256-${'ab12'.repeat(16)}.sig`, true],
  [`sha256-${'ab12'.repeat(16)}`, true],
  ['1.0', false],
  ['sha256-abc', false],
])('%s is about another: %s', (name, is) => expect(isAboutTag(name)).toBe(is));

it.each([
  ['1.0', true],
  ['_x', true],
  ['-x', false],
  ['a b', false],
  ['', false],
  ['x'.repeat(129), false],
])('tag %s: %s', (name, is) => expect(validTag(name)).toBe(is));

it('counts namespaces', () =>
  expect(namespaces(['acme/app', 'acme/lib', 'busybox', 'tools/backup/agent'])).toEqual([
    { name: '', count: 1 },
    { name: 'acme', count: 2 },
    { name: 'tools/backup', count: 1 },
  ]));

const manifest = 'application/vnd.oci.image.manifest.v1+json';
it.each([
  [manifest, null, null, '', 'image'],
  [manifest, 'application/vnd.oci.image.config.v1+json', null, '', 'image'],
  [manifest, 'application/vnd.docker.container.image.v1+json', null, '', 'image'],
  ['application/vnd.oci.image.index.v1+json', null, null, '', 'index'],
  [manifest, 'application/vnd.aquasec.trivy.report+json', digest, '', 'report'],
  [manifest, 'application/spdx+json', digest, '', 'sbom'],
  [manifest, 'application/vnd.in-toto+json', digest, '', 'attestation'],
  [manifest, 'application/vnd.cncf.notary.signature', digest, '', 'signature'],
  [manifest, null, null, `sha256-${'ab'.repeat(32)}.sig`, 'signature'],
  [manifest, 'application/vnd.cncf.helm.config.v1+json', null, '', 'chart'],
  [manifest, 'application/vnd.acme.thing', null, '', 'artifact'],
])('%s, %s is told from others', (media_type, artifact_type, subject, tag, kind) => expect(kindOf({ media_type, artifact_type, subject, depth: 0 }, tag)).toBe(kind));

describe('a configuration', () => {
  const config = readConfig({
    os: 'linux',
    architecture: 'arm64',
    variant: 'v8',
    config: { Env: ['A=b=c', 'ALONE'], Entrypoint: ['/app'], Labels: { one: 'x' }, ExposedPorts: { '80/tcp': {} } },
    history: [{ created_by: '/bin/sh -c #(nop) ADD file:1 in /' }, { created_by: 'RUN /bin/sh -c apk add curl # buildkit' }, { created_by: 'ENV A=b', empty_layer: true }],
  });
  it('is read', () => {
    expect(config).toMatchObject({ platform: 'linux/arm64/v8', entrypoint: ['/app'], cmd: [], ports: ['80/tcp'], labels: [{ name: 'one', value: 'x' }] });
    expect(config.env).toEqual([
      { name: 'A', value: 'b=c' },
      { name: 'ALONE', value: '' },
    ]);
  });
  it('says which step made which layer', () => {
    expect(withSteps(['first', 'second'], config.history).map((one) => one.step?.command)).toEqual(['ADD file:1 in /', 'RUN apk add curl']);
    expect(withSteps(['first'], config.history)[0]!.step).toBeUndefined();
  });
  it('is read when there is nothing in it', () => expect(readConfig({}).history).toEqual([]));
});

it('tells what is different', () =>
  expect(
    differences(
      [
        { name: 'a', value: '1' },
        { name: 'b', value: '2' },
      ],
      [
        { name: 'b', value: '3' },
        { name: 'c', value: '4' },
      ],
    ),
  ).toEqual([
    { name: 'a', before: '1', after: undefined },
    { name: 'b', before: '2', after: '3' },
    { name: 'c', before: undefined, after: '4' },
  ]));

it('compares layers', () => {
  const layer = (name: string): Layer => ({ _id: name, digest: name, size: 1 });
  const { same, gone, added } = compareLayers([layer('a'), layer('b')], [layer('a'), layer('c')]);
  expect([same, gone, added].map((list) => list.map((one) => one.digest))).toEqual([['a'], ['b'], ['c']]);
});

it('cuts at digests', () => expect(cutAtDigests(`{"digest": "${digest}"}`).map((one) => one.digest)).toEqual([false, true, false]));

it('pulls by tag, by digest, and charts', () => {
  expect(pullCommands('reg.example.org', 'acme/app', '1.0', 'image', false)[0]!.text).toBe('docker pull reg.example.org/acme/app:1.0');
  expect(pullCommands('localhost:8080', 'acme/app', digest, 'image', true)[2]!.text).toBe(`skopeo copy --src-tls-verify=false docker://localhost:8080/acme/app@${digest} oci:app`);
  expect(pullCommands('reg.example.org', 'charts/app', '1.0.0', 'chart', false)[0]!.text).toBe('helm pull oci://reg.example.org/charts/app --version 1.0.0');
});

describe('what is attached', () => {
  it.each([
    [{ spdxVersion: 'SPDX-2.3', packages: [{ name: 'zlib', versionInfo: '1.3', licenseConcluded: 'Zlib' }] }, [['zlib', '1.3', 'Zlib']]],
    [{ bomFormat: 'CycloneDX', components: [{ name: 'zlib', version: '1.3', licenses: [{ license: { id: 'Zlib' } }] }] }, [['zlib', '1.3', 'Zlib']]],
    [{ predicateType: 'https://slsa.dev/provenance/v1', subject: [{ name: 'app', digest: { sha256: 'ab' } }] }, [['app', 'sha256:ab']]],
    [{ payloadType: 'application/vnd.in-toto+json', payload: btoa(JSON.stringify({ predicateType: 'x', subject: [{ name: 'app', digest: { sha256: 'ab' } }] })) }, [['app', 'sha256:ab']]],
    [{ Results: [{ Vulnerabilities: [{ VulnerabilityID: 'CVE-1', Severity: 'HIGH', PkgName: 'zlib', InstalledVersion: '1', FixedVersion: '2' }] }] }, [['CVE-1', 'HIGH', 'zlib 1', '2']]],
    [{ critical: { type: 'cosign container image signature' } }, []],
  ])('%# is explained', (content, rows) => expect(explain(content)?.rows).toEqual(rows));
  it.each([[null], [[]], [{}], ['text'], [{ payloadType: 'application/vnd.in-toto+json', payload: '***' }]])('%j is shown as it is', (content) => expect(explain(content)).toBeUndefined());
});
