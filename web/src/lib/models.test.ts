import { describe, expect, it } from 'vitest';
import { checks, graphqlChanges, placeOfFault } from './modelchecks';
import { findKinds, kinds } from './modelkinds';
import { guess, parseCsv } from './modelsample';
import { graphqlSketch, requests, singular, typeNames, typescriptSketch } from './modelsketch';
import { compareFields, countChanges, definitionsIn, freeName, moveTo, nameFrom, named, putField, rebase, renameField, withKey, withKind, withNames, type Definition } from './models';

const films: Definition = {
  name: 'films',
  label: 'Films',
  display: 'title',
  fields: [
    { name: 'title', kind: 'text', required: true },
    { name: 'slug', kind: 'slug', from: 'title' },
    { name: 'year', kind: 'number', integer: true },
    { name: 'price', kind: 'number', required_if: { title: 'x', $or: [{ 'title.a': 1 }] } },
    { name: 'director', kind: 'ref', to: 'people' },
    { name: 'seo', kind: 'set', fields: [{ name: 'title', kind: 'text' }] },
  ],
  unique: [['title', 'year']],
  indexes: [['_state', '-year']],
};
const without = (name: string): Definition => ({ ...films, fields: films.fields!.filter((field) => field.name !== name) });
const change = (name: string, more: object): Definition => ({ ...films, fields: films.fields!.map((field) => (field.name === name ? { ...field, ...more } : field)) });

describe('names', () => {
  it.each([
    ['Preis (EUR)', 'preis_eur'],
    ['Über uns!', 'uber_uns'],
    ['2nd try', 'n2nd_try'],
    ['  ', ''],
  ])('%s', (label, name) => expect(nameFrom(label)).toBe(name));
  it('that are taken get a number', () => expect(freeName('title', ['Title', 'title_2'])).toBe('title_3'));
});

describe('what differs', () => {
  it('is counted as people count', () => {
    expect(countChanges(films, films)).toBe(0);
    expect(countChanges(undefined, films)).toBe(1);
    expect(countChanges(films, without('year'))).toBe(1);
    expect(countChanges(films, { ...films, label: 'Movies', fields: moveTo(films.fields!, 0, 2) })).toBe(2);
  });
  it('knows a renamed field', () => {
    const { fields, gone } = compareFields(films, renameField(films, 'year', 'released', films));
    expect(fields[2]).toMatchObject({ change: 'changed', before: { name: 'year' }, field: { name: 'released', was: 'year' } });
    expect(gone).toEqual([]);
  });
});

describe('a rename', () => {
  const next = renameField(films, 'title', 'name', films);
  it('reaches all that speaks of the field', () => {
    expect(next.display).toBe('name');
    expect(next.unique).toEqual([['name', 'year']]);
    expect(next.fields![1]!.from).toBe('name');
    expect(next.fields![3]!.required_if).toEqual({ name: 'x', $or: [{ 'name.a': 1 }] });
  });
  it('is taken back without a trace', () => expect(countChanges(films, renameField(next, 'name', 'title', films))).toBe(0));
  it('keeps the sign of an index', () => expect(renameField(films, 'year', 'y', films).indexes).toEqual([['_state', '-y']]));
  it('of a new field is just a name', () => expect(named({ name: 'a', kind: 'text' }, 'b', films)).toEqual({ name: 'b', kind: 'text' }));
  it('of a collection reaches references', () => expect(withNames(films, new Map([['people', 'artists']])).fields![4]!.to).toBe('artists'));
});

describe('another kind', () => {
  it('drops keys that it has no use for', () => {
    expect(withKind({ name: 'a', kind: 'number', integer: true, min: 1, indexed: true, default: 3 }, 'text')).toEqual({ name: 'a', kind: 'text', indexed: true });
    expect(withKind({ name: 'a', kind: 'text', unique: true, many: true }, 'object')).toEqual({ name: 'a', kind: 'object', many: true });
    expect(withKind({ name: 'a', kind: 'text' }, 'select')).toEqual({ name: 'a', kind: 'select', options: [] });
  });
  it('writes no key that says nothing', () => {
    expect(withKey({ name: 'a', kind: 'text', required: true }, 'required', false)).toEqual({ name: 'a', kind: 'text' });
    expect(withKey({ name: 'a', kind: 'text' }, 'search', false)).toEqual({ name: 'a', kind: 'text', search: false });
  });
});

describe('somebody else was faster', () => {
  it('what only they changed is taken over', () => {
    const { now, taken, clashes } = rebase(films, change('year', { min: 1900 }), { ...without('price'), label: 'Movies' });
    expect(now.label).toBe('Movies');
    expect(now.fields!.map((field) => field.name)).toEqual(['title', 'slug', 'year', 'director', 'seo']);
    expect(now.fields![2]).toMatchObject({ min: 1900 });
    expect([taken, clashes]).toEqual([['label', 'price'], []]);
  });
  it('what both changed is told, and ours stands', () => {
    const { now, clashes } = rebase(films, change('year', { min: 1900 }), change('year', { max: 2000 }));
    expect(now.fields![2]).toEqual({ name: 'year', kind: 'number', integer: true, min: 1900 });
    expect(clashes).toEqual(['year']);
  });
  it('their new field comes along', () => {
    const theirs = { ...films, fields: [...films.fields!, { name: 'length', kind: 'number' }] };
    expect(rebase(films, without('year'), theirs).now.fields!.map((field) => field.name)).toEqual(['title', 'slug', 'price', 'director', 'seo', 'length']);
  });
});

describe('a sample', () => {
  it('of JSON', () => {
    const found = guess('[{"_id":"x","Title":"A","price":9.5,"n":3,"on":true,"day":"2026-11-21","tags":["a"],"rows":[{"a":1}],"mail":"a@b.cd","when":"2026-11-21T09:00:00Z","body":"<p>x</p>"}]');
    expect(found?.fields).toEqual([
      { name: 'title', kind: 'text' },
      { name: 'price', kind: 'number' },
      { name: 'n', kind: 'number', integer: true },
      { name: 'on', kind: 'boolean' },
      { name: 'day', kind: 'date' },
      { name: 'tags', kind: 'tags' },
      { name: 'rows', kind: 'set', many: true, fields: [{ name: 'a', kind: 'number', integer: true }] },
      { name: 'mail', kind: 'email' },
      { name: 'when', kind: 'datetime' },
      { name: 'body', kind: 'richtext' },
    ]);
  });
  it('of CSV with quotes', () => {
    expect(parseCsv('a;b\n"x;1";"say ""so"""\n')).toEqual([['a', 'b'], ['x;1', 'say "so"']]);
    expect(guess('title,price (EUR)\nBach,12.5\nMozart,')?.fields).toEqual([{ name: 'title', kind: 'text' }, { name: 'price_eur', kind: 'number', label: 'price (EUR)' }]);
  });
  it.each(['', 'hello', '[1]', '{'])('is none: %s', (text) => expect(guess(text)).toBeUndefined());
});

describe('kinds', () => {
  it('are found by what people call them', () => {
    const find = (typed: string): string[] => findKinds(typed, (text) => text).map((one) => one.kind);
    expect(find('picture')).toEqual(['asset']);
    expect(find('dynamic zone')).toEqual(['blocks']);
    expect(find('price')).toEqual(['number']);
  });
  it('show values that are JSON', () => {
    for (const one of kinds) if (one.example) expect(() => JSON.parse(one.example.replace('…', ''))).not.toThrow();
  });
});

describe('rules that are new', () => {
  it('find the entries that do not keep them', () => {
    const found = checks(films, { ...films, fields: films.fields!.map((field) => (field.name === 'title' ? { ...field, maxlength: 80 } : field.name === 'year' ? { ...field, required: true, min: 1900 } : field)) });
    expect(found.map(({ field, filter }) => [field, filter])).toEqual([
      ['title', { 'length(title)': { $gt: 80 } }],
      ['year', { year: { $empty: true } }],
      ['year', { year: { $lt: 1900 } }],
    ]);
  });
  it('are none when a rule is loosened', () => expect(checks(change('year', { min: 1900 }), films)).toEqual([]));
  it('point at the place in the definition', () => expect(placeOfFault('/definitions/0/fields/5/fields/0/kind', [films])).toEqual({ collection: 'films', path: ['seo', 'title'], key: 'kind' }));
});

describe('for programs', () => {
  const names = typeNames(new Map([['films', 'Film']]), [films]);
  it.each([
    ['blog_posts', 'blog_post'],
    ['categories', 'category'],
    ['people', 'person'],
    ['boxes', 'box'],
    ['address', 'address'],
  ])('%s', (many, one) => expect(singular(many)).toBe(one));
  it('has types', () => {
    expect(graphqlSketch(films, names)).toContain('type Film {\n  _id: ID!\n  title: String\n  slug: String\n  year: Long\n  price: Float\n  director: Person\n  seo: FilmSeo\n}');
    expect(typescriptSketch(films, names)).toContain('  year: number | null;');
  });
  it('has requests', () => expect(requests(films, 'http://x', names).map((one) => one.name)).toEqual(['GraphQL', 'REST', 'POST', 'TypeScript']));
  it('tells what changes', () => {
    expect(graphqlChanges(films, renameField(without('price'), 'year', 'released', films), names)).toEqual([
      { change: 'renamed', name: 'Film.released', was: 'Film.year' },
      { change: 'gone', name: 'Film.price' },
    ]);
    expect(graphqlChanges(undefined, films, names)).toEqual([{ change: 'new', name: 'Film' }]);
  });
});

describe('a file', () => {
  it.each([
    ['one', '{"name":"a"}', ['a']],
    ['a list', '[{"name":"a"},{"name":"b"}]', ['a', 'b']],
    ['an export', '{"collections":[{"definition":{"name":"a"}}]}', ['a']],
    ['anything', '{"x":1}', undefined],
    ['broken', '{', undefined],
  ])('with %s', (_what, text, found) => expect(definitionsIn(text)?.map((one) => one.name)).toEqual(found));
});

it('a field is put where it stands', () => {
  expect(putField(films, ['seo', 'title'], { name: 'heading', kind: 'text' }).fields![5]!.fields).toEqual([{ name: 'heading', kind: 'text' }]);
  expect(putField(films, ['year'], undefined).fields).toHaveLength(5);
});
