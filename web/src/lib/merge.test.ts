import { describe, expect, it } from 'vitest';
import { answered, mergeTexts } from './merge';

const cut = (text: string): string[] => [...text];

describe('three texts', () => {
  it.each([
    // base, mine, theirs, with my answers, with theirs
    ['abc', 'abc', 'abc', 'abc', 'abc'],
    ['abc', 'aXc', 'abc', 'aXc', 'aXc'],
    ['abc', 'abc', 'aYc', 'aYc', 'aYc'],
    ['abcde', 'Xbcde', 'abcdY', 'XbcdY', 'XbcdY'],
    ['abc', 'aXc', 'aXc', 'aXc', 'aXc'],
    ['abc', 'aXc', 'aYc', 'aXc', 'aYc'],
    ['abc', 'ac', 'aYc', 'ac', 'aYc'],
    ['abc', 'abXc', 'abYc', 'abXc', 'abYc'],
    ['', 'X', 'Y', 'X', 'Y'],
    ['abcdef', 'aXYf', 'abcZef', 'aXYf', 'abcZef'],
    ['abcd', 'abcdX', 'Yabcd', 'YabcdX', 'YabcdX'],
  ])('%s with %s and %s', (base, mine, theirs, withMine, withTheirs) => {
    const chunks = mergeTexts(cut(base), cut(mine), cut(theirs));
    const questions = chunks.filter((one) => one.kind === 'both').length;
    expect(answered(chunks, Array.from({ length: questions }, () => 'mine' as const))).toBe(withMine);
    expect(answered(chunks, Array.from({ length: questions }, () => 'theirs' as const))).toBe(withTheirs);
  });

  it('lose nothing, whatever they are', () => {
    const random = (seed: number) => () => (seed = (seed * 48271) % 2147483647) % 5;
    for (let seed = 1; seed < 300; seed += 1) {
      const next = random(seed);
      const make = (): string[] => Array.from({ length: next() + next() }, () => 'abcde'[next()]!);
      const [base, mine] = [make(), make()];
      // Whoever changed nothing has no say; who agrees with himself is not asked.
      expect(answered(mergeTexts(base, mine, base), [])).toBe(mine.join(''));
      expect(answered(mergeTexts(base, base, mine), [])).toBe(mine.join(''));
      const agreed = mergeTexts(base, mine, mine);
      expect(agreed.every((one) => one.kind === 'settled')).toBe(true);
      expect(answered(agreed, [])).toBe(mine.join(''));
    }
  });

  it('can be kept both', () => {
    expect(answered(mergeTexts(cut('abc'), cut('aXc'), cut('aYc')), ['both'])).toBe('aYXc');
  });
});
