import { describe, expect, it } from 'vitest';
import { agentOf, changesNothing, choiceOf, endOf, exampleOf, expiryOf, filterOf, isStale, patternsOf, sayScopes, scopesOf, shownKey, stateOf, summaryOf, type Choice } from './credentials';

const now = Date.parse('2026-11-29T12:00:00Z');
const at = (days: number): string => new Date(now + days * 86_400_000).toISOString();
const labelOf = (name: string): string => ({ posts: 'Posts', pages: 'Pages' })[name] ?? name;

describe('how a key stands', () => {
  const good = { disabled: false, generations: [{ n: 1, created: at(-1), expires: null }], expires_at: null, not_before: null };
  it.each([
    ['active', {}],
    ['active', { expires_at: at(1) }],
    ['expired', { expires_at: at(-1) }],
    ['waiting', { not_before: at(1) }],
    ['off', { disabled: true, expires_at: at(-1) }],
    ['revoked', { disabled: true, generations: [] }],
  ])('%s: %j', (state, change) => expect(stateOf({ ...good, ...change }, now)).toBe(state));

  it.each([
    [null, 'warn', 'Never expires', 'never'],
    [at(89.9999), 'plain', 'Expires in 90 days', 'in 90 days'],
    [at(3.2), 'warn', 'Expires in 3 days', 'in 3 days'],
    [at(1.1), 'warn', 'Expires tomorrow', 'tomorrow'],
    [at(0.5), 'warn', 'Expires in 12 hours', 'in 12 hours'],
    [at(-2.2), 'danger', 'Expired 2 days ago', 'expired 2 days ago'],
    [at(500), 'plain', 'Expires next year', 'next year'],
  ])('expiry of %s', (expires, tone, text, short) => expect(expiryOf(expires, now)).toEqual({ tone, text, short }));

  it.each([
    [{ last_used_at: at(-91), _created: 0 }, true],
    [{ last_used_at: at(-89), _created: 0 }, false],
    [{ last_used_at: null, _created: now / 1000 - 91 * 86_400 }, true],
    [{ last_used_at: null, _created: now / 1000 }, false],
  ])('stale: %j', (key, stale) => expect(isStale(key, now)).toBe(stale));

  it.each([
    ['vtr_u_157E134SQYEB', '0dJZ', 'vtr_u_…0dJZ'],
    ['zak_1de6', '9e04', 'zak_…9e04'],
    ['USR-8d5e', 'e30a', 'USR-…e30a'],
    ['ZENKEY_eyJp', 'fQ==', 'ZENKEY_…fQ=='],
    [null, null, '…'],
  ])('%s, %s is shown as %s', (prefix, last4, shown) => expect(shownKey({ prefix, last4 })).toBe(shown));

  it('asks the server for the same', () => {
    expect(filterOf('', now)).toBeUndefined();
    expect(filterOf('never', now)).toEqual({ expires_at: null });
    expect(filterOf('stale', now)).toEqual({ $or: [{ last_used_at: { $lt: at(-90) } }, { last_used_at: null, _created: { $lt: now / 1000 - 90 * 86_400 } }] });
    expect(filterOf('expiring', now)).toEqual({ disabled: { $ne: true }, expires_at: { $gt: at(0), $lt: at(14) } });
  });
});

describe('what a key may do', () => {
  const choice: Choice = {
    everything: false,
    collections: { posts: ['read', 'update'], pages: [] },
    repositories: 'acme/app, web/*\nmirror/**',
    repositoryVerbs: ['pull', 'push'],
    others: [{ collection: 'pages', verbs: ['read'], where: { featured: true } }],
  };
  const scopes = [
    { collection: 'posts', verbs: ['read', 'update'] },
    { repositories: ['acme/app', 'web/*', 'mirror/**'], verbs: ['pull', 'push'] },
    { collection: 'pages', verbs: ['read'], where: { featured: true } },
  ];
  it('goes from boxes to scopes and back', () => {
    expect(scopesOf(choice)).toEqual(scopes);
    const back = choiceOf(scopes);
    expect(back).toMatchObject({ everything: false, collections: { posts: ['read', 'update'] }, repositories: 'acme/app\nweb/*\nmirror/**', others: [scopes[2]] });
    expect(scopesOf(back)).toEqual(scopes);
  });
  it.each([[null], [undefined], [[]]])('is everything without scopes: %j', (none) => {
    expect(choiceOf(none).everything).toBe(true);
    expect(scopesOf(choiceOf(none))).toBeNull();
  });
  it('keeps what boxes cannot show', () => {
    const odd = [{ collection: '*', verbs: ['read'] }, { collection: 'api_keys', verbs: ['rotate'] }, { collection: 'posts' }];
    expect(scopesOf(choiceOf(odd))).toEqual(odd);
  });
  it('is said in words, one sentence a verb', () => {
    expect(sayScopes(scopes, labelOf)).toEqual(['Reads Posts and Pages (some entries)', 'Changes Posts', 'Pulls acme/app, web/*, and mirror/**', 'Pushes acme/app, web/*, and mirror/**']);
    expect(sayScopes([{ collection: '*', verbs: ['read'] }], labelOf)).toEqual(['Reads all collections']);
    expect(sayScopes([{ collection: 'posts' }], labelOf)).toEqual(['Does everything in Posts']);
    expect(sayScopes([{ collection: 'posts', verbs: ['reorder'] }], labelOf)).toEqual(['May “reorder” in Posts']);
    expect(sayScopes(null, labelOf)).toEqual(['Everything that its owner may do']);
  });
  it.each([
    [null, false],
    [[{ collection: 'posts', verbs: ['read'] }, { repositories: ['a'], verbs: ['pull'] }], true],
    [[{ collection: 'posts', verbs: ['read', 'create'] }], false],
    [[{ collection: 'posts' }], false],
  ])('changes nothing: %j', (some, harmless) => expect(changesNothing(some)).toBe(harmless));
  it.each([
    [[{ collection: 'posts', verbs: ['read'] }], 'x', '/api/content/items/posts'],
    [[{ repositories: ['a'], verbs: ['pull'] }], 'x', '/api/auth/me'],
    [null, 'x', '/api/content/items/x'],
    [null, undefined, '/api/auth/me'],
  ])('example of %j', (some, first, path) => expect(exampleOf(some, first)).toBe(path));
  it('is summed up while it is put together', () => {
    const summary = { owner: 'Ada', labelOf, expires: null, addresses: [] };
    expect(summaryOf({ ...summary, scopes: [] })).toEqual(['Nothing is picked yet: a key has to be able to do something.']);
    expect(summaryOf({ ...summary, scopes: [{ collection: 'posts', verbs: ['read'] }], entries: 1, addresses: ['unix'] }).join(' ')).toBe(
      'Acts for Ada. Reads Posts. Cannot change anything. 1 entry now, as far as you see. Works until somebody switches it off. Only from unix.',
    );
    expect(summaryOf({ ...summary, scopes: null, expires: undefined })).toContain('It needs an end.');
  });
});

it.each([
  ['90', '', at(90)],
  ['never', '', null],
  ['date', '', undefined],
  ['date', '2020-01-01', undefined],
])('a life of %s %s', (life, date, end) => expect(endOf(life, date, now)).toBe(end));

it('takes patterns line by line or with commas', () => expect(patternsOf(' a/b, c/*\n\nd/** ')).toEqual(['a/b', 'c/*', 'd/**']));

it.each([
  ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux'],
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0', 'Edge on Windows'],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1', 'Safari on iOS'],
  ['curl/8.5.0', 'curl 8.5.0'],
  ['docker/27.1 go/go1.21', 'docker 27.1'],
  [null, ''],
])('%s is %s', (agent, said) => expect(agentOf(agent)).toBe(said));
