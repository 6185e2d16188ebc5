import { describe, expect, it } from 'vitest';
import { Problem } from './api';
import { changeOf, inParts } from './bulk';

const ids = Array.from({ length: 120 }, (_one, i) => `id${i}`);
const refuses = (bad: string[]) => {
  const sizes: number[] = [];
  const send = async (part: string[]): Promise<void> => {
    sizes.push(part.length);
    if (part.some((id) => bad.includes(id))) throw new Problem(422, 'Not valid');
  };
  return { sizes, send };
};

describe('many at once', () => {
  it('go in parts', async () => {
    const { send, sizes } = refuses([]);
    const looked: number[] = [];
    const outcome = await inParts(ids, send, (n) => looked.push(n));
    expect(outcome).toEqual({ done: ids, refused: [], left: [] });
    expect(sizes).toEqual([50, 50, 20]);
    expect(looked).toEqual([50, 100, 120]);
  });
  it('are done but for those that are refused, which are named', async () => {
    const { send } = refuses(['id3', 'id77', 'id119']);
    const outcome = await inParts(ids, send, () => {});
    expect(outcome.refused.map((one) => one.id)).toEqual(['id3', 'id77', 'id119']);
    expect(outcome.done).toHaveLength(117);
    expect(outcome.left).toEqual([]);
  });
  it('end when the server does not answer', async () => {
    const outcome = await inParts(ids, async (part) => {
      if (part.includes('id60')) throw new Problem(0, 'The server does not answer');
    }, () => {});
    expect(outcome.done).toHaveLength(50);
    expect(outcome.refused).toHaveLength(1);
    expect(outcome.left).toHaveLength(69);
  });
  it('can be stopped', async () => {
    const stop = new AbortController();
    const outcome = await inParts(ids, async () => stop.abort(), () => {}, stop.signal);
    expect([outcome.done.length, outcome.left.length]).toEqual([50, 70]);
  });
  it('are told as the server takes them', () => {
    expect(changeOf('posts', 'a', { kind: 'publish' })).toEqual({ op: 'publish', in: 'posts', id: 'a' });
    expect(changeOf('posts', 'a', { kind: 'set', data: { 'tags+': ['x'] } })).toEqual({ op: 'update', in: 'posts', id: 'a', data: { 'tags+': ['x'] }, if_rev: '*' });
    expect(changeOf('posts', 'a', { kind: 'delete' })).toEqual({ op: 'delete', in: 'posts', id: 'a', if_rev: '*' });
  });
});
