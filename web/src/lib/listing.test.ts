import { describe, expect, it } from 'vitest';
import { posts } from './filter.test';
import { conditions, parameters, prefixed, type Ask } from './listing.svelte';
import { hasHit, pieces } from './marks';

const ask: Ask = { filter: undefined, search: '', sort: [], paths: ['title', 'views'], limit: 25, after: '', before: '' };
const nobody = () => undefined;

describe('what was typed so far', () => {
  it.each([
    ['qui', 'qui*'],
    ['quiet rel', 'quiet rel*'],
    ['title:qui', 'title:qui*'],
    ['"quiet rel', '"quiet rel"'],
    ['"quiet release"', '"quiet release"'],
    ['quiet ', 'quiet '],
    ['fox -dog', 'fox -dog'],
    ['qui*', 'qui*'],
    ['über', 'über*'],
  ])('%j is looked for as %j', (text, query) => expect(prefixed(text)).toBe(query));
});

describe('a question', () => {
  it('shows what was changed last, or what fits best', () => {
    expect(parameters(posts, ask, nobody).sort).toBe('-_modified,-_id');
    expect(parameters(posts, { ...ask, search: 'fox' }, nobody)).toMatchObject({ search: 'fox*', sort: undefined, highlight: 'title' });
    expect(parameters(posts, { ...ask, search: 'fox', sort: [{ field: 'views', down: true }] }, nobody).sort).toBe('-views');
  });
  it('looks into the name where words cannot be searched', () => {
    expect(conditions({ ...posts, system: true }, undefined, 'fox')).toEqual({ state: 'any', perspective: undefined, search: undefined, filter: '{"title":{"$regex":"fox"}}' });
  });
  it('asks for what is shown, and for a reference beside a path through it', () => {
    const authors = { ...posts, name: 'authors', display: 'name' };
    const fields = String(parameters(posts, { ...ask, paths: ['author', 'author.email'] }, (name) => (name === 'authors' ? authors : undefined)).fields).split(',');
    expect(fields).toEqual(expect.arrayContaining(['_id', '_rev', 'title', 'author', 'author._id', 'author.email', 'author.name']));
  });
});

describe('hit marks', () => {
  it('become pieces of text', () => {
    expect(pieces('A <mark>b</mark> &lt;i&gt; &amp;amp; <mark>c&#39;</mark>')).toEqual([
      { text: 'A ', hit: false },
      { text: 'b', hit: true },
      { text: ' <i> &amp; ', hit: false },
      { text: "c'", hit: true },
    ]);
    expect(pieces('')).toEqual([]);
  });
  it('are told from texts without one', () => expect([hasHit('a'), hasHit('<mark>a</mark>'), hasHit(null)]).toEqual([false, true, false]));
});
