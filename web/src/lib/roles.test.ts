import { describe, expect, it } from 'vitest';
import * as roles from './roles';
import type { Grant } from './roles';
import type { JsonObject, Model } from './types';

const grant = (collection: string, verbs: string[], rest: JsonObject = {}): Grant => roles.grantOf({ collection, verbs, ...rest }, `${collection}/${verbs.join('+')}`);
const posts = { name: 'posts', system: false };
const users = { name: 'users', system: true };
let made = 0;
const set = (grants: Grant[], verb: string, to: 'none' | 'all') =>
  roles.setCell(grants, 'posts', verb, to, roles.verbsOf('posts', {}), () => `new${(made += 1)}`).map((one) => [one.verbs.join(), roles.isLimited(one)]);

describe('reaches', () => {
  it.each([
    ['posts', posts, true],
    ['*', posts, true],
    ['p*', posts, true],
    ['p*x', posts, false],
    ['*', users, false],
    ['u*', users, false],
    ['users', users, true],
    ['*', { name: 'assets', system: true }, true],
    ['*', { name: 'asset_folders', system: true }, true],
  ])('%s on %o: %s', (pattern, model, expected) => expect(roles.reaches(pattern, model)).toBe(expected));
});

describe('cells', () => {
  const own = [grant('posts', ['read'], { where: { _state: 1 } }), grant('posts', ['update']), grant('*', ['create'])];
  const inherited = [{ role: 'base', grant: grant('posts', ['delete'], { fields: ['title'] }) }];
  it.each([
    ['read', 'some', []],
    ['update', 'all', []],
    ['create', 'none', [{ state: 'all', role: undefined, pattern: '*' }]],
    ['delete', 'none', [{ state: 'some', role: 'base', pattern: undefined }]],
    ['publish', 'none', []],
  ])('%s is %s', (verb, state, from) => expect(roles.cellOf(posts, verb, own, inherited)).toEqual({ own: state, from }));
  it('a verb that is granted twice is as wide as the wider grant', () =>
    expect(roles.stateOf([grant('posts', ['read'], { fields: ['title'] }), grant('posts', ['*'])], 'posts', 'read')).toBe('all'));
  it('a row with stars is not reached by another', () => expect(roles.cellOf({ name: 'po*', system: false }, 'create', own, []).from).toEqual([]));
});

describe('setting a cell', () => {
  it.each([
    ['makes a grant', [], 'read', 'all', [['read', false]]],
    ['joins the one that is there', [grant('posts', ['update'])], 'read', 'all', [['read,update', false]]],
    ['takes the verb away', [grant('posts', ['read', 'update'])], 'update', 'none', [['read', false]]],
    ['takes the grant away with its last verb', [grant('posts', ['read'])], 'read', 'none', []],
    ['spells a star out', [grant('posts', ['*'])], 'publish', 'none', [['read,create,update,delete', false]]],
    ['replaces conditions', [grant('posts', ['read', 'update'], { fields: ['title'] })], 'read', 'all', [['update', true], ['read', false]]],
    ['leaves what is so already', [grant('posts', ['*'])], 'read', 'all', [['*', false]]],
  ] as [string, Grant[], string, 'none' | 'all', unknown][])('%s', (_what, grants, verb, to, expected) => expect(set(grants, verb, to)).toEqual(expected));
});

describe('changes', () => {
  const before = [grant('posts', ['read', 'delete'])];
  const after = [grant('posts', ['read'], { fields: ['title'] }), grant('pages', ['read'])];
  it('says what is gained, lost and bent', () =>
    expect(roles.rightChanges(before, after, {}).map((one) => [one.collection, one.verb, one.kind])).toEqual([
      ['pages', 'read', 'gains'],
      ['posts', 'read', 'changes'],
      ['posts', 'delete', 'loses'],
    ]));
  it('sees no change in another spelling', () => expect(roles.rightChanges([grant('posts', ['*'])], [grant('posts', [...roles.verbs])], {})).toEqual([]));
  it('goes beyond reading only with what is gained', () => {
    expect(roles.goesBeyondReading(roles.rightChanges(before, after, {}))).toBe(false);
    expect(roles.goesBeyondReading(roles.rightChanges([], [grant('posts', ['create'])], {}))).toBe(true);
  });
  it('writes them as steps over the revisions that were read', () => {
    const old = [roles.grantOf({ _id: 'a', _rev: 3, collection: 'posts', verbs: ['read'], fields: ['title'] }, 'a'), roles.grantOf({ _id: 'b', _rev: 1, collection: 'pages', verbs: ['read'] }, 'b')];
    const now = [{ ...old[0]!, fields: null }, grant('tags', ['read'])];
    expect(roles.grantSteps('r', old, now)).toEqual([
      { op: 'delete', in: 'grants', id: 'b', if_rev: 1 },
      { op: 'update', in: 'grants', id: 'a', data: { fields: null }, if_rev: 3 },
      { op: 'create', in: 'grants', data: { role: 'r', collection: 'tags', verbs: ['read'] } },
    ]);
  });
});

describe('what can be counted', () => {
  it.each([
    [[], { kind: 'nothing' }],
    [[grant('posts', ['read'])], { kind: 'filter', filter: {} }],
    [[grant('posts', ['read'], { where: { _state: 1 } })], { kind: 'filter', filter: { _state: 1 } }],
    [[grant('posts', ['read'], { where: { a: 1 } }), grant('posts', ['read'], { where: { b: 2 } })], { kind: 'filter', filter: { $or: [{ a: 1 }, { b: 2 }] } }],
    [[grant('posts', ['read'], { where: { _cby: '$user' } })], { kind: 'depends' }],
    [[grant('posts', ['read'], { where: { at: { $lt: '$now' } } })], { kind: 'filter', filter: { at: { $lt: '$now' } } }],
    [[grant('posts', ['read'], { where: { _cby: '$user' } }), grant('posts', ['read'])], { kind: 'filter', filter: {} }],
  ] as [Grant[], roles.Reach][])('%#', (rules, expected) => expect(roles.reachOf(rules)).toEqual(expected));
});

describe('names of repositories', () => {
  it.each([
    ['acme/**', { name: { $startsWith: 'acme/' } }],
    ['acme/app', { name: 'acme/app' }],
    ['acme/*', { name: { $regex: '^acme/[^/]+$' } }],
    ['*/base.1', { name: { $regex: '^[^/]+/base\\.1$' } }],
    ['a/**/b', { name: { $regex: '^a/.+/b$' } }],
  ])('%s', (glob, filter) => {
    expect(roles.globToFilter(glob)).toEqual(filter);
    expect(roles.globOf(filter)).toBe(glob);
  });
  it('takes no other signs', () => expect(roles.globToFilter('Acme (x)')).toBeUndefined());
  it('leaves other filters alone', () => expect(roles.globOf({ name: { $regex: 'x' }, _cby: '$user' })).toBeUndefined());
});

it('inheritance ends in a circle', () => {
  const node = (name: string, ...inherits: string[]): [string, roles.RoleNode] => [name, { _id: name, name, inherits }];
  const all = new Map([node('a', 'b'), node('b', 'c'), node('c', 'a', 'b')]);
  expect(roles.ancestors(['b'], all, 'a').map((one) => one.name)).toEqual(['b', 'c']);
});

describe('fields', () => {
  const model = { fields: ['a', 'b', 'c', 'd'].map((name) => ({ name, kind: 'text' })) } as Model;
  it.each([
    [null, { kind: 'all' }],
    [['a', 'b', 'c'], { kind: 'but', names: ['d'] }],
    [['a'], { kind: 'only', names: ['a'] }],
    [['a', 'b', 'c', 'gone'], { kind: 'only', names: ['a', 'b', 'c', 'gone'] }],
  ])('%o', (fields, expected) => expect(roles.fieldsSaid(fields, model)).toEqual(expected));
});
