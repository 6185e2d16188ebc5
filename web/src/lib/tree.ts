// Entries with a parent (_pid) and a place among their siblings (_o), as a tree; and the four ways to move one (docs/modelling.md).
import type { Item, JsonObject } from './types';

export interface Node {
  item: Item;
  depth: number;
  parent: Node | undefined;
  /** Among its siblings. */
  at: number;
  siblings: Node[];
  children: Node[];
}

export type Direction = 'up' | 'down' | 'in' | 'out';

const placeOf = (item: Item): number => (typeof item._o === 'number' ? item._o : 0);

/** What has a parent that is not among the items stands at the top. */
export function treeOf(items: readonly Item[]): Node[] {
  const known = new Set(items.map((item) => item._id));
  const below = new Map<string, Item[]>();
  for (const item of items) {
    const parent = typeof item._pid === 'string' && known.has(item._pid) ? item._pid : '';
    below.set(parent, [...(below.get(parent) ?? []), item]);
  }
  const grow = (id: string, parent: Node | undefined): Node[] => {
    const siblings: Node[] = [];
    for (const item of (below.get(id) ?? []).sort((a, b) => placeOf(a) - placeOf(b))) {
      const node: Node = { item, depth: parent ? parent.depth + 1 : 0, parent, at: siblings.length, siblings, children: [] };
      siblings.push(node);
      node.children = grow(item._id, node);
    }
    return siblings;
  };
  return grow('', undefined);
}

/** In the order in which they are read, without what is below a closed one. */
export function visible(roots: readonly Node[], isOpen: (id: string) => boolean): Node[] {
  return roots.flatMap((node) => [node, ...(isOpen(node.item._id) ? visible(node.children, isOpen) : [])]);
}

/** The body of a move; undefined: there is no such place. */
export function moveOf(node: Node, where: Direction): JsonObject | undefined {
  const beside = (by: number): string | undefined => node.siblings[node.at + by]?.item._id;
  switch (where) {
    case 'up': {
      const before = beside(-1);
      return before === undefined ? undefined : { before };
    }
    case 'down': {
      const after = beside(1);
      return after === undefined ? undefined : { after };
    }
    case 'in': {
      const parent = beside(-1);
      return parent === undefined ? undefined : { parent, position: 'last' };
    }
    case 'out':
      return node.parent ? { after: node.parent.item._id } : undefined;
  }
}
