import { describe, expect, it } from 'vitest';
import { both, describe as words, filterFields, fromFilter, operatorsOf, parseValue, readGroup, toFilter, writeGroup, type AnyChip } from './filter';
import type { Json, Model } from './types';

export const posts: Model = {
  name: 'posts',
  label: 'Posts',
  shape: 'list',
  system: false,
  can: { create: true, update: true, delete: true, publish: true },
  display: 'title',
  fields: [
    { name: 'title', kind: 'text' },
    { name: 'views', kind: 'number' },
    { name: 'level', kind: 'select', options: [{ value: 1, label: 'Low' }, { value: 2, label: 'High' }] },
    { name: 'tags', kind: 'tags' },
    { name: 'featured', kind: 'boolean' },
    { name: 'author', kind: 'ref', to: 'authors' },
    { name: 'related', kind: 'ref', to: 'posts', many: true },
    { name: 'day', kind: 'date' },
    { name: 'key', kind: 'secret' },
  ],
};

const cases: [string, AnyChip[], Json | undefined][] = [
  ['nothing', [], undefined],
  ['equality', [{ field: 'title', op: '$eq', value: 'A' }], { title: 'A' }],
  ['an operator', [{ field: 'views', op: '$gt', value: 100 }], { views: { $gt: 100 } }],
  ['two fields', [{ field: 'title', op: 'has', value: 'a' }, { field: 'featured', op: '$eq', value: true }], { title: { $regex: 'a' }, featured: true }],
  ['text that looks like a pattern', [{ field: 'title', op: 'has', value: '/a.b (c)?\\/' }], { title: { $regex: '\\/a\\.b \\(c\\)\\?\\\\\\/' } }],
  ['a pattern', [{ field: 'title', op: '$regex', value: '^a.b' }], { title: { $regex: '^a.b' } }],
  ['case', [{ field: 'title', op: '$contains', value: 'a' }], { title: { $contains: 'a' } }],
  ['a range', [{ field: 'views', op: '$gte', value: 1 }, { field: 'views', op: '$lt', value: 9 }], { views: { $gte: 1, $lt: 9 } }],
  ['the same operator twice', [{ field: 'title', op: '$contains', value: 'a' }, { field: 'title', op: '$contains', value: 'b' }], { $and: [{ title: { $contains: 'a' } }, { title: { $contains: 'b' } }] }],
  ['two tags', [{ field: 'tags', op: '$eq', value: 'a' }, { field: 'tags', op: '$eq', value: 'b' }], { $and: [{ tags: 'a' }, { tags: 'b' }] }],
  ['empty', [{ field: 'day', op: 'empty', value: null }], { day: null }],
  ['not empty', [{ field: 'day', op: 'filled', value: null }], { day: { $ne: null } }],
  ['a reference', [{ field: 'author', op: '$eq', value: 'id1' }], { author: 'id1' }],
  ['no reference', [{ field: 'author', op: 'empty', value: null }], { author: null }],
  ['any of', [{ field: 'level', op: '$in', value: [1, 2] }], { level: { $in: [1, 2] } }],
  ['the state', [{ field: '_state', op: '$eq', value: 0 }], { _state: 0 }],
];

describe('chips and filters', () => {
  it.each(cases)('say the same in both directions: %s', (_name, chips, filter) => {
    expect(toFilter(chips)).toEqual(filter);
    expect(fromFilter(filter, posts)).toEqual(chips);
  });

  it('read the other way to write a reference', () => {
    expect(fromFilter({ 'author._id': 'id1' }, posts)).toEqual([{ field: 'author', op: '$eq', value: 'id1' }]);
  });

  const raw: [string, Json][] = [
    ['or', { $or: [{ title: 'a' }, { views: 1 }] }],
    ['an unknown field', { nope: 1 }],
    ['an operator the chips do not have', { views: { $mod: [2, 0] } }],
    ['a path into another collection', { 'author.name': 'Ada' }],
    ['not', { title: { $not: { $contains: 'a' } } }],
    ['no object at all', [1]],
  ];
  it.each(raw)('keep what chips cannot say as it is: %s', (_name, filter) => {
    const chips = fromFilter(filter, posts);
    expect(chips).toEqual([{ raw: filter }]);
    if (!Array.isArray(filter)) expect(toFilter(chips)).toEqual(filter);
  });

  it('keep a raw part beside chips', () => {
    const filter: Json = { $and: [{ title: 'a' }, { $or: [{ views: 1 }] }] };
    const chips = fromFilter(filter, posts);
    expect(chips).toHaveLength(2);
    expect(toFilter(chips)).toEqual({ title: 'a', $or: [{ views: 1 }] });
  });

  it('never offer a secret, always offer the state', () => {
    const names = filterFields(posts).map((field) => field.name);
    expect(names).not.toContain('key');
    expect(names).toContain('_state');
  });
});

describe('words of a chip', () => {
  it.each([
    [{ field: 'views', op: '$gt', value: 100 }, 'Views is more than 100'],
    [{ field: 'level', op: '$in', value: [1, 2] }, 'Level is any of Low, High'],
    [{ field: 'featured', op: '$eq', value: true }, 'Featured is yes'],
    [{ field: '_state', op: '$eq', value: 0 }, 'State is Draft'],
    [{ field: 'day', op: 'empty', value: null }, 'Day is empty'],
    [{ field: 'author', op: '$eq', value: 'id1' }, 'Author is Ada'],
  ])('%j', (chip, text) => {
    expect(words(chip, posts, () => 'Ada')).toBe(text);
  });
});

describe('typed values', () => {
  const field = (name: string) => filterFields(posts).find((one) => one.name === name)!;
  it('become what the field holds', () => {
    expect(parseValue(field('views'), 'number', '1,5')).toBe(1.5);
    expect(parseValue(field('views'), 'number', 'many')).toBeUndefined();
    expect(parseValue(field('level'), 'option', '2')).toBe(2);
    expect(parseValue(field('level'), 'options', ['1', '2'])).toEqual([1, 2]);
    expect(parseValue(field('level'), 'options', [])).toBeUndefined();
    expect(parseValue(field('featured'), 'boolean', 'false')).toBe(false);
    expect(parseValue(field('title'), 'text', '')).toBeUndefined();
  });
  it('of the server are seconds', () => {
    expect(parseValue(field('_created'), 'datetime', '2026-01-01T00:00:00Z')).toBe(1767225600);
  });
  it('have an operator for every field that is offered', () => {
    for (const one of filterFields(posts)) expect(operatorsOf(one).length, one.name).toBeGreaterThan(0);
  });
});

describe('two conditions at once', () => {
  it('share an object when they can', () => {
    expect(both({ a: 1 }, { b: 2 })).toEqual({ a: 1, b: 2 });
    expect(both({ a: 1 }, { a: 2 })).toEqual({ $and: [{ a: 1 }, { a: 2 }] });
    expect(both(undefined, { a: 2 })).toEqual({ a: 2 });
    expect(both({ a: 1 }, undefined)).toEqual({ a: 1 });
  });
});

describe('paths, ranges and moments', () => {
  const find = (name: string): Model | undefined => (name === 'authors' ? { ...posts, name, fields: [{ name: 'name', kind: 'text' }] } : undefined);
  it.each<[string, AnyChip, Json, string]>([
    ['a path', { field: 'author.name', op: '$eq', value: 'Ada' }, { 'author.name': 'Ada' }, 'Author › Name is Ada'],
    ['a range', { field: 'views', op: '$between', value: [1, 9] }, { views: { $between: [1, 9] } }, 'Views is between 1 and 9'],
    ['a moment', { field: 'day', op: '$gte', value: '$now(-7 days)' }, { day: { $gte: '$now(-7 days)' } }, 'Day is on or after 7 days ago'],
    ['none of', { field: 'level', op: '$nin', value: [1] }, { level: { $nin: [1] } }, 'Level is none of Low'],
  ])('%s', (_name, chip, filter, text) => {
    expect(toFilter([chip])).toEqual(filter);
    expect(fromFilter(filter, posts, find)).toEqual([chip]);
    expect(words(chip, posts, undefined, find)).toBe(text);
  });
  it('say groups in words', () => {
    expect(words({ raw: { $or: [{ views: 1 }, { title: 'a', featured: true }] } }, posts)).toBe('Views is 1 or (Title is a and Featured is yes)');
    expect(words({ raw: { $nor: [{ views: 1 }] } }, posts)).toBe('not: Views is 1');
  });
  it('offer only what the server takes', () => {
    const views = { ...posts.fields[1]!, operators: ['$eq', '$gt'] };
    expect(operatorsOf(views).map((one) => one.op)).toEqual(['$eq', '$gt', 'empty', 'filled']);
  });
});

describe('groups', () => {
  it.each<[string, Json | undefined]>([
    ['nothing', undefined],
    ['conditions', { title: 'a', views: { $gt: 1 } }],
    ['one of them', { $or: [{ title: 'a' }, { views: 1 }] }],
    ['none of them', { $nor: [{ title: 'a' }] }],
    ['one within another', { $and: [{ title: 'a' }, { $or: [{ views: 1 }, { $nor: [{ featured: true }] }] }] }],
    ['several conditions in an alternative', { $or: [{ title: 'a', views: 1 }, { featured: true }] }],
    ['what nobody can build', { $or: [{ views: { $mod: [2, 0] } }, { title: 'a' }] }],
  ])('are read and written: %s', (_name, filter) => {
    expect(writeGroup(readGroup(filter, posts))).toEqual(filter);
  });
  it('leave out what says nothing', () => {
    expect(writeGroup({ join: 'or', parts: [{ join: 'and', parts: [] }] })).toBeUndefined();
  });
});
