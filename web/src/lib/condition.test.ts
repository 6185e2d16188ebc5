import { describe, expect, it } from 'vitest';
import { holds } from './condition';
import type { Json } from './types';

const values = { free: false, price: 3, title: 'Ada', tags: ['a', 'b'], who: { _model: 'authors', _id: '7' }, seo: { index: true }, none: null, on: '2026-01-02' };

describe('a condition', () => {
  it.each<[Json, boolean | undefined]>([
    [{}, true],
    [{ free: false }, true],
    [{ free: true }, false],
    [{ free: 0 }, true],
    [{ price: { $gt: 2, $lte: 3 } }, true],
    [{ price: { $between: [4, 5] } }, false],
    [{ on: { $gte: '2026-01-01' } }, true],
    [{ title: { $in: ['Ada', 'Grace'] } }, true],
    [{ title: { $contains: 'd' } }, true],
    [{ title: { $notContains: 'd' } }, false],
    [{ tags: 'a' }, true],
    [{ tags: { $nin: ['a'] } }, false],
    [{ tags: { $size: 2 } }, true],
    [{ who: '7' }, true],
    [{ who: { _model: 'authors', _id: '7' } }, true],
    [{ 'seo.index': true }, true],
    [{ none: null }, true],
    [{ none: { $exists: true } }, false],
    [{ unknown: { $empty: true } }, true],
    [{ $or: [{ free: true }, { price: 3 }] }, true],
    [{ $and: [{ free: true }, { price: 3 }] }, false],
    [{ $nor: [{ free: true }] }, true],
    [{ $not: { free: false } }, false],
    [{ price: { $not: { $lt: 2 } } }, true],
    [{ title: { $regex: 'A' } }, undefined],
    [{ 'year(on)': 2026 }, undefined],
    [{ $or: [{ title: { $regex: 'A' } }, { price: 3 }] }, true],
    [{ $and: [{ title: { $regex: 'A' } }, { price: 4 }] }, false],
  ])('%j: %s', (filter, answer) => expect(holds(filter, values)).toBe(answer));
});
