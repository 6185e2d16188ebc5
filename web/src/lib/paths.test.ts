import { describe, expect, it } from 'vitest';
import { posts } from './filter.test';
import { fieldAt, fieldsBehind, valueAt } from './paths';
import { labelOf } from './types';
import type { Model } from './types';

const authors: Model = { ...posts, name: 'authors', display: 'name', fields: [{ name: 'name', kind: 'text' }, { name: 'boss', kind: 'ref', to: 'authors' }, { name: 'pin', kind: 'secret' }, { name: 'seo', kind: 'set', fields: [{ name: 'title', kind: 'text' }] }] };
const find = (name: string): Model | undefined => (name === 'authors' ? authors : undefined);

describe('a path', () => {
  it.each([
    ['title', 'Title'],
    ['_state', 'State'],
    ['author.name', 'Author › Name'],
    ['author.boss.name', 'Author › Boss › Name'],
    ['author.seo.title', 'Author › Seo › Title'],
    ['author._created', 'Author › Created'],
  ])('%s', (path, label) => expect(labelOf(fieldAt(path, posts, find)!)).toBe(label));
  it.each(['nope', 'title.x', 'author.pin', 'key', 'author.nope', ''])('%j leads nowhere', (path) => expect(fieldAt(path, posts, find)).toBeUndefined());
  it('leads nowhere where the target may not be read', () => expect(fieldAt('author.name', posts, () => undefined)).toBeUndefined());
  it('offers what is behind it', () => expect(fieldsBehind(posts.fields.find((field) => field.name === 'author')!, find).map((field) => field.name)).toEqual(['name', 'boss', 'seo']));
  it('finds values, through lists too', () => {
    expect(valueAt({ author: { name: 'Ada' } }, 'author.name')).toBe('Ada');
    expect(valueAt({ related: [{ title: 'A' }, { title: null }, { title: 'B' }] }, 'related.title')).toEqual(['A', 'B']);
    expect(valueAt({ author: null }, 'author.name')).toBeUndefined();
  });
});
