import { describe, expect, it } from 'vitest';
import { isAddress, isNetwork } from './address';
import { blockIn, written } from './blockclip.svelte';
import { contrast, rgbOf } from './colour';
import { Form } from './form.svelte';
import { afterMove, Listed, moved } from './listed.svelte';
import { landing } from './sorting';
import type { Field, Json } from './types';

const field: Field = { name: 'links', kind: 'set', many: true };
const form = (): Form => new Form({ name: 'x', label: 'X', shape: 'list', system: false, fields: [field], can: { create: true, update: true, delete: true, publish: true }, display: 'links' });

describe('entries of a list', () => {
  it.each([
    [0, 2, ['b', 'c', 'a']],
    [2, 0, ['c', 'a', 'b']],
    [1, 1, ['a', 'b', 'c']],
  ])('from %d to %d', (from, to, result) => {
    expect(moved(['a', 'b', 'c'], from, to)).toEqual(result);
    expect(['a', 'b', 'c'].map((_, i) => afterMove(i, from, to)).map((at, i) => [at, ['a', 'b', 'c'][i]]).sort().map(([, name]) => name)).toEqual(result);
  });
  it('take their numbers and what is half typed along', () => {
    const made = form();
    let value: Json[] = ['a', 'b', 'c'];
    const list = new Listed(made, () => 'links', () => value, (next) => (value = next));
    made.broken = { 'links/0/size': 'no number', other: 'no JSON' };
    made.faults = { 'links/2': ['gone'] };
    list.move(0, 2);
    expect([value, list.keys]).toEqual([['b', 'c', 'a'], [1, 2, 0]]);
    expect(made.broken).toEqual({ 'links/2/size': 'no number', other: 'no JSON' });
    expect(made.faults).toEqual({});
    list.insert(1, 'x');
    expect(value).toEqual(['b', 'x', 'c', 'a']);
    expect(made.broken).toHaveProperty('links/3/size');
    list.remove(3);
    expect(made.broken).toEqual({ other: 'no JSON' });
    list.move(0, -1);
    expect(value).toEqual(['b', 'x', 'c']);
  });
  it.each([
    [0, 2, false, 1],
    [0, 2, true, 2],
    [2, 0, false, 0],
    [2, 0, true, 1],
    [1, 1, true, 1],
  ])('%d let go over %d (after: %s) lands at %d', (from, over, after, at) => expect(landing(from, over, after)).toBe(at));
});

describe('a copied block', () => {
  const allowed = [{ name: 'hero', label: 'Hero', fields: [] }];
  it('is known again where it may stand', () => {
    const block = { _component: 'hero', heading: 'Hello' };
    expect(blockIn(written(block), allowed)).toEqual(block);
    expect(blockIn(written({ _component: 'film' }), allowed)).toBeUndefined();
    expect(blockIn('{"vitrine-block": ', allowed)).toBeUndefined();
    expect(blockIn('hello', allowed)).toBeUndefined();
  });
});

describe('colours', () => {
  it.each([
    ['#ffffff', '#000000', 21],
    ['#fff', '#ffffff', 1],
    ['#767676', '#ffffff', 4.54],
  ])('%s on %s', (one, other, ratio) => expect(contrast(one, other)).toBeCloseTo(ratio, 1));
  it('are nothing else', () => {
    expect(rgbOf('red')).toBeUndefined();
    expect(rgbOf('#11223344')).toEqual([17, 34, 51]);
  });
});

describe('addresses', () => {
  it.each(['192.0.2.1', '::1', '2001:db8::1', 'fe80::1:2:3:4', '::ffff:192.0.2.1', '1:2:3:4:5:6:7:8'])('%s is one', (text) => expect(isAddress(text)).toBe(true));
  it.each(['192.0.2', '192.0.2.256', '01.2.3.4', ':::', '1:2:3', '12345::', 'example.org', '1::2::3', ''])('%s is none', (text) => expect(isAddress(text)).toBe(false));
  it.each(['10.0.0.0/8', '2001:db8::/32', '192.0.2.1'])('%s is a network', (text) => expect(isNetwork(text)).toBe(true));
  it.each(['10.0.0.0/33', '10.0.0.0/', '::/129', '10.0.0.0/8/8', '/8'])('%s is no network', (text) => expect(isNetwork(text)).toBe(false));
});
