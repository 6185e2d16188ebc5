import { describe, expect, it } from 'vitest';
import { moveOf, treeOf, visible, type Direction } from './tree';

const items = [
  { _id: 'b', _pid: null, _o: 1 },
  { _id: 'a2', _pid: 'a', _o: 1 },
  { _id: 'a', _pid: null, _o: 0 },
  { _id: 'a1', _pid: 'a', _o: 0 },
  { _id: 'lost', _pid: 'gone', _o: 5 },
];
const roots = treeOf(items);
const all = visible(roots, () => true);
const node = (id: string) => all.find((one) => one.item._id === id)!;

describe('a tree', () => {
  it('is read in its order', () => {
    expect(all.map((one) => `${one.depth}${one.item._id}`)).toEqual(['0a', '1a1', '1a2', '0b', '0lost']);
    expect(visible(roots, () => false).map((one) => one.item._id)).toEqual(['a', 'b', 'lost']);
  });
  it.each<[string, Direction, unknown]>([
    ['a', 'up', undefined],
    ['a', 'down', { after: 'b' }],
    ['b', 'up', { before: 'a' }],
    ['b', 'in', { parent: 'a', position: 'last' }],
    ['a', 'in', undefined],
    ['a1', 'out', { after: 'a' }],
    ['b', 'out', undefined],
  ])('%s moves %s', (id, where, body) => expect(moveOf(node(id), where)).toEqual(body));
});
