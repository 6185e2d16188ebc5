import { describe, expect, it } from 'vitest';
import { format, namesIn } from './message';

describe('messages', () => {
  it.each([
    ['Saved', undefined, 'Saved'],
    ['{name} was deleted', { name: 'A {b} c' }, 'A {b} c was deleted'],
    ['{count, plural, one {# entry} other {# entries}}', { count: 1 }, '1 entry'],
    ['{count, plural, one {# entry} other {# entries}}', { count: 12345 }, '12,345 entries'],
    ['{count, plural, =0 {nothing} one {# of {all}} other {# of {all}}} left', { count: 3, all: 7 }, '3 of 7 left'],
    ['{count, plural, =0 {nothing} other {#}} left', { count: 0 }, 'nothing left'],
    ['{kind, select, user {A person} other {Something}}', { kind: 'key' }, 'Something'],
    ['{unknown} stays', { name: 'x' }, '{unknown} stays'],
    ['an open { brace', { name: 'x' }, 'an open { brace'],
  ])('%s', (text, values, said) => expect(format(text, values as never, 'en')).toBe(said));
  it('knows the forms of a language', () => {
    expect(format('{n, plural, one {# élément} other {# éléments}}', { n: 0 }, 'fr')).toBe('0 élément');
  });
  it('tells the names', () => expect(namesIn('{a} {n, plural, one {# of {b}} other {#}}')).toEqual(['a', 'b', 'n']));
});
