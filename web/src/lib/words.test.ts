import { describe, expect, it } from 'vitest';
import { paragraphs, readable, steps, wordDiff } from './words';

const told = (before: string, after: string): string =>
  wordDiff(before, after)
    .map(({ kind, text }) => (kind === 'same' ? text : kind === 'gone' ? `[-${text}-]` : `{+${text}+}`))
    .join('');

describe('words', () => {
  it.each([
    ['', '', ''],
    ['a', 'a', 'a'],
    ['', 'new', '{+new+}'],
    ['old', '', '[-old-]'],
    ['A quiet release', 'A quieter release', 'A [-quiet-]{+quieter+} release'],
    ['one two three', 'one 2 3', 'one [-two three-]{+2 3+}'],
    ['Grüße an alle.', 'Grüße an niemand!', 'Grüße an [-alle.-]{+niemand!+}'],
    ['a b c d', 'a c d e', 'a [-b -]c d{+ e+}'],
    ['漢字 text', '漢字 words', '漢字 [-text-]{+words+}'],
  ])('%j -> %j', (before, after, said) => expect(told(before, after)).toBe(said));

  it('put together again are both texts, also when they are long', () => {
    const before = Array.from({ length: 2000 }, (_, i) => `Sentence number ${i} says ${(i * 7919) % 97}. `).join('');
    const after = before.replace('number 700 says', 'number 700 shouts').replace(/Sentence number 1200[^.]*\. /, '');
    const all = wordDiff(before, after);
    expect(all.filter((one) => one.kind !== 'new').map((one) => one.text).join('')).toBe(before);
    expect(all.filter((one) => one.kind !== 'gone').map((one) => one.text).join('')).toBe(after);
    expect(all.filter((one) => one.kind === 'new')).toEqual([{ kind: 'new', text: 'shouts' }]);
  });

  it('of texts that have nothing in common are told as a whole', () => {
    const many = (word: string): string => Array.from({ length: 3000 }, (_, i) => `${word}${i}`).join(' ');
    const all = wordDiff(many('a'), many('b'));
    expect(all.filter((one) => one.kind !== 'new').map((one) => one.text).join('')).toBe(many('a'));
  });
});

describe('sequences', () => {
  it('are told by the shortest way', () => {
    const random = (seed: number) => () => (seed = (seed * 48271) % 2147483647) % 4;
    for (let seed = 1; seed < 60; seed += 1) {
      const next = random(seed);
      const [a, b] = [Array.from({ length: seed % 13 }, next), Array.from({ length: (seed * 5) % 11 }, next)];
      const found = steps(a, b);
      expect(found.flatMap((one) => (one.kind === 'new' ? [] : one.items))).toEqual(a);
      expect(found.flatMap((one) => (one.kind === 'gone' ? [] : one.items))).toEqual(b);
      const kept = found.flatMap((one) => (one.kind === 'same' ? one.items : [])).length;
      expect(kept).toBe(longestCommon(a, b));
    }
  });
});

function longestCommon(a: readonly number[], b: readonly number[]): number {
  if (!a.length || !b.length) return 0;
  if (a[0] === b[0]) return 1 + longestCommon(a.slice(1), b.slice(1));
  return Math.max(longestCommon(a.slice(1), b), longestCommon(a, b.slice(1)));
}

describe('paragraphs', () => {
  it.each([
    ['<p>a</p><p>b</p>', ['<p>a</p>', '<p>b</p>']],
    ['<p>a <b>c</b></p>\n<ul><li>x</li></ul><hr><p>z', ['<p>a <b>c</b></p>\n', '<ul><li>x</li></ul>', '<hr>', '<p>z']],
    ['<p title="a>b">x<br>y</p><img src=x>', ['<p title="a>b">x<br>y</p>', '<img src=x>']],
    ['one\n\ntwo\nlines\n\n\nthree', ['one\n\n', 'two\nlines\n\n\n', 'three']],
    ['</p>a', ['</p>a']],
    ['', []],
  ])('of %j', (text, parts) => {
    expect(paragraphs(text)).toEqual(parts);
    expect(paragraphs(text).join('')).toBe(text);
  });
});

describe('formatted text', () => {
  it.each([
    ['<p>Hello <b>you</b></p><p>there</p>', 'Hello you\nthere'],
    ['<p>a&nbsp;&amp;&#33;&#x21;&unknown;</p>', 'a\u00a0&!!&unknown;'],
    ['<!-- no --><script>1</script>', '1'],
  ])('%s reads %s', (html, text) => expect(readable(html)).toBe(text));
});
