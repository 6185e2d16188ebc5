import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Problem } from './api';
import { Saver } from './saver.svelte';

/** A form of one text, and a server that answers when it is told to. */
function desk() {
  const at = { typed: '', stored: '', sent: [] as string[], open: 0, most: 0, answers: [] as (() => void)[], refusal: undefined as Problem | undefined, settles: false };
  const saver = new Saver({
    dirty: () => at.typed !== at.stored,
    send: async () => {
      const text = at.typed;
      at.sent.push(text);
      at.most = Math.max(at.most, (at.open += 1));
      await new Promise<void>((done) => at.answers.push(done));
      at.open -= 1;
      if (at.refusal) throw at.refusal;
      at.stored = text;
    },
    settle: async () => ((at.refusal = undefined), at.settles),
  });
  const type = (text: string): void => {
    at.typed = text;
    saver.touched();
  };
  const answer = async (): Promise<void> => {
    at.answers.shift()?.();
    await vi.advanceTimersByTimeAsync(0);
  };
  return { at, saver, type, answer };
}

describe('saving by itself', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('waits for a pause, and sends once', async () => {
    const { at, saver, type, answer } = desk();
    for (const text of ['a', 'ab', 'abc']) {
      type(text);
      await vi.advanceTimersByTimeAsync(600);
    }
    expect([at.sent, saver.state]).toEqual([[], 'waiting']);
    await vi.advanceTimersByTimeAsync(400);
    expect([at.sent, saver.state]).toEqual([['abc'], 'saving']);
    await answer();
    expect(saver.state).toBe('clean');
  });

  it('does not wait for ever for a pause', async () => {
    const { at, type } = desk();
    for (let i = 1; i <= 12; i += 1) {
      type('x'.repeat(i));
      await vi.advanceTimersByTimeAsync(900);
    }
    expect(at.sent).toEqual(['x'.repeat(12)]);
  });

  it('has one request under way, and the next one carries everything', async () => {
    const { at, type, answer, saver } = desk();
    type('a');
    await vi.advanceTimersByTimeAsync(1000);
    for (const text of ['ab', 'abc', 'abcd']) {
      type(text);
      await vi.advanceTimersByTimeAsync(1500);
    }
    expect(at.sent).toEqual(['a']);
    await answer();
    expect(at.sent).toEqual(['a', 'abcd']);
    await answer();
    expect([at.stored, at.most, saver.state]).toEqual(['abcd', 1, 'clean']);
  });

  it.each([
    [0, 'offline'],
    [422, 'refused'],
    [412, 'conflict'],
  ])('tells of status %i as %s and keeps what was typed', async (status, state) => {
    const { at, saver, type, answer } = desk();
    at.refusal = new Problem(status, 'no');
    type('a');
    await vi.advanceTimersByTimeAsync(1000);
    await answer();
    expect([saver.state, at.typed, at.stored]).toEqual([state, 'a', '']);
  });

  it('tries again by itself when the server was away', async () => {
    const { at, saver, type, answer } = desk();
    at.refusal = new Problem(0, 'away');
    type('a');
    await vi.advanceTimersByTimeAsync(1000);
    await answer();
    at.refusal = undefined;
    await vi.advanceTimersByTimeAsync(5000);
    await answer();
    expect([at.stored, saver.state]).toEqual(['a', 'clean']);
  });

  it('goes on when a conflict settles itself, and stops when it does not', async () => {
    const { at, saver, type, answer } = desk();
    at.refusal = new Problem(412, 'changed');
    at.settles = true;
    type('a');
    await vi.advanceTimersByTimeAsync(1000);
    await answer();
    await answer();
    expect([at.stored, saver.state]).toEqual(['a', 'clean']);
    at.refusal = new Problem(412, 'changed');
    at.settles = false;
    type('b');
    await vi.advanceTimersByTimeAsync(1000);
    await answer();
    type('bc');
    await vi.advanceTimersByTimeAsync(9000);
    expect([at.sent.at(-1), saver.state]).toEqual(['b', 'conflict']);
    saver.resume();
    await vi.advanceTimersByTimeAsync(1000);
    await answer();
    expect([at.stored, saver.state]).toEqual(['bc', 'clean']);
  });

  it('flushes at once, and answers when all of it is stored', async () => {
    const { at, saver, type, answer } = desk();
    type('a');
    const done = saver.flush();
    type('ab');
    await answer();
    await answer();
    expect([await done, at.stored]).toEqual([true, 'ab']);
  });
});
