import { describe, expect, it } from 'vitest';
import { changedFields, mergePatch, patchOf, pathOf, resolve, same, sameValue, sortFaults, threeWay } from './diff';
import type { Field, Json } from './types';

const fields: Field[] = ['title', 'lead', 'tags', 'seo'].map((name) => ({ name, kind: 'text' }));

describe('sameness', () => {
  it('looks inside', () => {
    expect(same({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] })).toBe(true);
    expect(same({ a: [1, 2] }, { a: [2, 1] })).toBe(false);
    expect(same({ a: 1 }, { a: 1, b: null })).toBe(true);
    expect(same(0, false)).toBe(false);
    expect(same(0, null)).toBe(false);
  });
  it('of a form does not tell empty from empty', () => {
    expect(sameValue('', null)).toBe(true);
    expect(sameValue([], null)).toBe(true);
    expect(sameValue(0, null)).toBe(false);
    expect(sameValue(false, null)).toBe(false);
  });
});

describe('what is sent', () => {
  it('is only what was changed', () => {
    const base = { title: 'A', lead: null, tags: ['x'], seo: { title: 'S', index: true } };
    const mine = { title: 'B', lead: '', tags: ['x'], seo: { title: 'S', index: true } };
    expect(changedFields(fields, base, mine)).toEqual(['title']);
    expect(patchOf(fields, base, mine)).toEqual({ title: 'B' });
  });

  const merges: [Json | undefined, Json, Json][] = [
    [{ a: 1, b: 2 }, { a: 1 }, { b: null }],
    [{ a: 1 }, { a: 2, c: 3 }, { a: 2, c: 3 }],
    [{ a: { x: 1, y: 2 } }, { a: { x: 1 } }, { a: { y: null } }],
    [[1, 2], [2], [2]],
    [null, { a: 1 }, { a: 1 }],
    [{ a: 1 }, null, null],
    ['x', 'y', 'y'],
  ];
  it.each(merges)('is a merge patch: %j to %j is %j', (from, to, patch) => {
    expect(mergePatch(from, to)).toEqual(patch);
  });
});

describe('three versions', () => {
  const base = { title: 'A', lead: 'L', tags: ['x'], seo: null };
  const mine = { title: 'B', lead: 'L', tags: ['x', 'y'], seo: null };
  const theirs = { title: 'C', lead: 'L2', tags: ['x', 'y'], seo: null };
  const found = threeWay(fields, base, mine, theirs);

  it('tell only fields that differ, and which both sides changed', () => {
    expect(found.map(({ field, conflict, take }) => [field.name, conflict, take])).toEqual([
      ['title', true, 'mine'],
      ['lead', false, 'theirs'],
    ]);
  });
  it('become one by choice, untouched fields follow them', () => {
    expect(resolve(mine, found, {})).toEqual({ title: 'B', lead: 'L2', tags: ['x', 'y'], seo: null });
    expect(resolve(mine, found, { title: 'theirs', lead: 'mine' })).toMatchObject({ title: 'C', lead: 'L' });
    expect(resolve(mine, found, { title: { value: 'B and C' } })).toMatchObject({ title: 'B and C', lead: 'L2' });
  });
});

describe('faults', () => {
  it.each([
    ['/title', 'title'],
    ['/data/title', 'title'],
    ['#/data/links/0/url', 'links/0/url'],
    ['title', 'title'],
    ['/a~1b', 'a/b'],
  ])('at %s belong to %s', (pointer, path) => {
    expect(pathOf(pointer, new Set(['title', 'links']))).toBe(path);
  });
  it('at a field that is called data stay there', () => {
    expect(pathOf('/data/x', new Set(['data']))).toBe('data/x');
  });
  it('without a field are kept apart', () => {
    const sorted = sortFaults(
      [
        { pointer: '/data/title', detail: 'Needed.' },
        { pointer: '/data/title', detail: 'Too short.' },
        { pointer: '', detail: 'Not today.' },
      ],
      fields,
    );
    expect(sorted).toEqual({ byPath: { title: ['Needed.', 'Too short.'] }, rest: ['Not today.'] });
  });
});
