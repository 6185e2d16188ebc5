import { describe, expect, it } from 'vitest';
import { posts } from './filter.test';
import { boardFields, calendarFields, defaultColumns, fromState, kindsOf, readColumn, readSort, readView, sameView, stateOf, writeColumn, writeSort, writeView, type ListView } from './listview';

const plain: ListView = { kind: 'table', q: '', filter: undefined, sort: [], limit: 25, by: '', month: '', columns: undefined, saved: '', page: 1, after: '', before: '' };

describe('the address of a list', () => {
  it.each<[string, Partial<ListView>]>([
    ['search, filter and order', { q: 'glass', filter: { views: { $gt: 1 } }, sort: [{ field: 'title', down: true }, { field: 'views', down: false }], limit: 50 }],
    ['a page by its cursor', { page: 3, after: 'abc' }],
    ['a page backwards', { page: 2, before: 'abc' }],
    ['a board', { kind: 'board', by: 'level' }],
    ['a month', { kind: 'calendar', month: '2026-11' }],
    ['columns of a saved view', { saved: 'id1', columns: ['title=240', 'author.name'] }],
  ])('says everything that is shown: %s', (_name, part) => {
    const view = { ...plain, ...part };
    expect(readView(writeView(view))).toEqual(view);
  });
  it('is short when nothing was chosen, and forgives nonsense', () => {
    expect(writeView(readView(''))).toBe('');
    expect(readView('?filter={broken&page=-1&limit=7&as=x&month=2026-13&columns=&sort=,-')).toEqual(plain);
    expect(readView('?page=4')).toEqual(plain);
  });
});

describe('what is kept of a view', () => {
  it('comes back, without the page', () => {
    const view: ListView = { ...plain, kind: 'board', q: 'x', filter: { a: 1 }, sort: readSort('-views,title'), by: 'level', columns: ['title'], page: 3, after: 'c' };
    const back = fromState('board', stateOf(view), 'id1');
    expect(back).toEqual({ ...view, page: 1, after: '', saved: 'id1' });
    expect(sameView(view, back)).toBe(true);
    expect(sameView({ ...view, q: 'y' }, back)).toBe(false);
  });
  it('forgives what somebody else wrote', () => {
    expect(fromState('nonsense', { filter: 3, sort: {}, columns: [1, 'title'] })).toEqual({ ...plain, columns: ['title'] });
    expect(fromState('table', null)).toEqual(plain);
  });
});

describe('the order', () => {
  it.each(['-views,title', 'author.name', ''])('%j', (text) => expect(writeSort(readSort(text))).toBe(text));
});

describe('columns', () => {
  it('begin with the name', () => expect(defaultColumns(posts)).toEqual(['title', 'views', 'level', 'tags']));
  it.each(['title', 'author.name=240'])('%s is read and written', (text) => expect(writeColumn(readColumn(text))).toBe(text));
  it('forgive a width that is none', () => expect(readColumn('title=wide')).toEqual({ path: 'title', width: undefined }));
});

describe('the views of a collection', () => {
  it('follow from its fields', () => {
    expect(kindsOf(posts)).toEqual(['table', 'cards', 'board', 'calendar']);
    expect(kindsOf({ ...posts, shape: 'tree' })).toContain('tree');
    expect(boardFields(posts)).toEqual(['level', '_state']);
    expect(calendarFields(posts)).toEqual(['day', '_created', '_modified']);
  });
});
