import { describe, expect, it } from 'vitest';
import { queryOf } from './asked.svelte';
import { Sending } from './sending.svelte';

describe('Sending', () => {
  it('sends once at a time', async () => {
    const sending = new Sending();
    let times = 0;
    let done = (): void => undefined;
    const first = sending.send(() => ((times += 1), new Promise<void>((resolve) => (done = resolve))));
    expect(sending.busy).toBe(true);
    await sending.send(async () => (times += 1));
    done();
    expect(await first).toBeUndefined();
    expect(times).toBe(1);
    expect(sending.busy).toBe(false);
  });

  it('keeps what was wrong until the next attempt, and answers it', async () => {
    const sending = new Sending();
    const refused = await sending.send(() => Promise.reject(new Error('no')));
    expect(refused).toBe(sending.problem);
    expect(sending.problem).toBeDefined();
    expect(sending.busy).toBe(false);
    await sending.send(async () => undefined);
    expect(sending.problem).toBeUndefined();
  });
});

describe('queryOf', () => {
  it('takes one filter as it is and several together', () => {
    expect(queryOf([], 'name')).toEqual({ sort: { name: 1 } });
    expect(queryOf([{ a: 1 }], '-serial')).toEqual({ filter: { a: 1 }, sort: { serial: -1 } });
    expect(queryOf([{ a: 1 }, { b: 2 }], 'name')).toEqual({ filter: { $and: [{ a: 1 }, { b: 2 }] }, sort: { name: 1 } });
  });
});
