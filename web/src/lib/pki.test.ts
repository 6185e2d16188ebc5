import { describe, expect, it } from 'vitest';
import { isInNetwork, keyName, outside, profileChecks, ruleAllows, ruleChecks, splitSubject, standingOf, titleOf, type IssuingRule, type Profile } from './pki';

const rule = { dns: ['*.example.org', '**.deep.example.org', 'example.com'], networks: ['192.0.2.0/24', '2001:db8::/32'], emails: ['ops@example.org', '@example.net'], uris: ['https://example.org/'], wildcards: false };

it.each([
  ['dns:www.example.org', true],
  ['dns:WWW.Example.org', true],
  ['dns:a.b.example.org', false],
  ['dns:a.b.deep.example.org', true],
  ['dns:example.org', false],
  ['dns:example.com', true],
  ['dns:www.example.com', false],
  ['dns:evilexample.com', false],
  ['dns:*.example.org', false],
  ['ip:192.0.2.7', true],
  ['ip:192.0.3.7', false],
  ['ip:2001:db8::7', true],
  ['ip:2001:db9::7', false],
  ['email:ops@example.org', true],
  ['email:eve@example.org', false],
  ['email:anybody@example.net', true],
  ['uri:https://example.org/a', true],
  ['uri:https://example.com/', false],
])('a rule and %s: %s', (name, allowed) => expect(ruleAllows(rule, name)).toBe(allowed));

it('lets wildcards in where they are wanted', () => {
  expect(ruleAllows({ ...rule, wildcards: true }, 'dns:*.example.org')).toBe(true);
  expect(ruleAllows({ ...rule, wildcards: true }, 'dns:*.b.example.org')).toBe(false);
});

it.each([
  ['10.1.2.3', '10.0.0.0/8', true],
  ['11.1.2.3', '10.0.0.0/8', false],
  ['10.0.0.1', '10.0.0.1', true],
  ['192.0.2.129', '192.0.2.128/25', true],
  ['192.0.2.127', '192.0.2.128/25', false],
  ['::1', '::/0', true],
  ['10.0.0.1', '::/0', false],
  ['name', '10.0.0.0/8', false],
])('%s in %s: %s', (address, network, is) => expect(isInNetwork(address, network)).toBe(is));

it.each([
  ['rsa-3072', 'RSA 3072'],
  ['ec-p256', 'EC P-256'],
  ['ed25519', 'Ed25519'],
  ['odd', 'odd'],
])('%s is %s', (type, name) => expect(keyName(type)).toBe(name));

it.each([
  ['CN=a.example.org, O=Acme', ['CN=a.example.org', 'O=Acme']],
  ['O=Acme,CN=Acme Root', ['O=Acme', 'CN=Acme Root']],
  ['O=Acme\\, Inc.,CN=x', ['O=Acme, Inc.', 'CN=x']],
])('subject %s', (subject, parts) => expect(splitSubject(subject).map((part) => `${part.key}=${part.value}`)).toEqual(parts));

it('is called by its common name, else by its first name', () => {
  expect(titleOf({ subject: 'CN=a', names: ['dns:b'] })).toBe('a');
  expect(titleOf({ subject: null, names: ['dns:b'] })).toBe('b');
  expect(titleOf({ subject: null, names: [] })).toBe('–');
});

describe('standing', () => {
  const now = Date.parse('2026-06-01T00:00:00Z');
  const of = (not_before: string, not_after: string, revoked_at: string | null = null) => standingOf({ not_before, not_after, revoked_at }, now);
  it.each([
    ['2026-01-01', '2027-01-01', null, 'good'],
    ['2026-01-01', '2026-06-20', null, 'ending'],
    ['2026-05-29', '2026-06-05', null, 'good'],
    ['2026-05-29', '2026-06-02', null, 'ending'],
    ['2025-01-01', '2026-01-01', null, 'ended'],
    ['2026-07-01', '2027-01-01', null, 'early'],
    ['2025-01-01', '2026-01-01', '2025-06-01', 'revoked'],
  ] as const)('%s to %s, revoked %s: %s', (from, to, revoked, standing) => expect(of(from, to, revoked)).toBe(standing));
});

describe('checks', () => {
  const profile = { key_types: ['rsa'], rsa_min_bits: 3072, name_kinds: ['dns'] } as unknown as Profile;
  it('looks at key and names', () => {
    expect(profileChecks({ key_type: 'rsa-2048', names: ['dns:a'] }, profile).map((one) => one.ok)).toEqual([true, false, true]);
    expect(profileChecks({ key_type: 'ec-p256', names: ['ip:10.0.0.1'] }, profile).map((one) => one.ok)).toEqual([false, false]);
    expect(profileChecks({ key_type: 'ed25519', names: [] }, undefined).every((one) => one.ok)).toBe(true);
  });
  it('looks at the rule', () => {
    const whole = { ...rule, name: 'web', enabled: true, max_days: 90 } as unknown as IssuingRule;
    expect(ruleChecks({ names: ['dns:www.example.org'] }, whole, 90).map((one) => one.ok)).toEqual([true, true]);
    expect(ruleChecks({ names: ['dns:other.test'] }, whole, 91).map((one) => one.ok)).toEqual([false, false]);
    expect(ruleChecks({ names: [] }, { ...whole, enabled: false }).map((one) => one.ok)).toEqual([true, false]);
    expect(ruleChecks({ names: [] }, undefined)).toEqual([]);
  });
  it('knows what an authority may not sign for', () => {
    const authority = { permitted_dns: ['example.org'], permitted_networks: ['10.0.0.0/8'] };
    expect(outside(['dns:a.example.org', 'dns:example.org', 'dns:*.example.org', 'dns:badexample.org', 'ip:10.1.1.1', 'ip:192.0.2.1', 'email:a@b'], authority)).toEqual(['dns:badexample.org', 'ip:192.0.2.1']);
    expect(outside(['dns:anything'], { permitted_dns: null, permitted_networks: null })).toEqual([]);
  });
});
