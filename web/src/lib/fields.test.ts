import { describe, expect, it } from 'vitest';
import { ago, editorOf, elementOf, fromLocalInput, initialOf, nameOf, parseNumber, refOf, slugOf, summary, toLocalInput, widgetOf, writeNumber, writtenRef } from './fields';
import { posts } from './filter.test';
import { groupsOf } from './groups';
import { strengthOf } from './password';
import { safeNext } from './router.svelte';
import { humanise, type Field } from './types';

describe('widgets', () => {
  const cases: [Partial<Field>, unknown, string][] = [
    [{ kind: 'text' }, 'a', 'text'],
    [{ kind: 'text' }, 'a\nb', 'longtext'],
    [{ kind: 'text', multiline: true }, null, 'longtext'],
    [{ kind: 'ref' }, null, 'ref'],
    [{ kind: 'ref', many: true }, null, 'refs'],
    [{ kind: 'ref', multiple: true }, null, 'refs'],
    [{ kind: 'select', multiple: true }, null, 'multiselect'],
    [{ kind: 'text', many: true }, null, 'list'],
    [{ kind: 'set', many: true }, null, 'list'],
    [{ kind: 'list' }, null, 'list'],
    [{ kind: 'time' }, '09:30', 'time'],
    [{ kind: 'time' }, '2026-01-01T00:00:00Z', 'datetime'],
    [{ kind: 'blocks', of: ['hero'] }, null, 'blocks'],
    [{ kind: 'component', of: 'hero' }, null, 'set'],
    [{ kind: 'component', of: 'hero', many: true }, null, 'list'],
    [{ kind: 'geo' }, null, 'geo'],
    [{ kind: 'geo', many: true }, null, 'list'],
    [{ kind: 'of-the-future' }, null, 'json'],
  ];
  const editors: [Partial<Field>, unknown, string][] = [
    [{ kind: 'number', computed: '$a' }, 3, 'computed'],
    [{ kind: 'ref', to: 'posts' }, null, 'reference'],
    [{ kind: 'ref', to: 'assets', many: true }, null, 'asset'],
    [{ kind: 'asset', to: 'assets' }, null, 'asset'],
    [{ kind: 'text', editor: 'markdown' }, null, 'markdown'],
    [{ kind: 'code', mode: 'markdown' }, null, 'markdown'],
    [{ kind: 'text', editor: 'cidr' }, null, 'cidr'],
    [{ kind: 'text', editor: 'pagesUrl' }, null, 'text'],
    [{ kind: 'text' }, '-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----', 'pem'],
    [{ kind: 'set', many: true, editor: 'table', fields: [{ name: 'a', kind: 'text' }] }, null, 'table'],
    [{ kind: 'set', many: true, editor: 'table', fields: [{ name: 'a', kind: 'richtext' }] }, null, 'list'],
  ];
  it.each(editors)('%j with %j is edited as %s', (field, value, editor) => {
    expect(editorOf({ name: 'x', kind: 'text', ...field }, value)).toBe(editor);
  });
  it('know references in each of their forms', () => {
    const one: Field = { name: 'x', kind: 'ref', to: 'posts' };
    const some: Field = { name: 'x', kind: 'ref', to: null, targets: ['posts', 'pages'] };
    expect(refOf('a1', one)).toEqual({ _model: 'posts', _id: 'a1' });
    expect(refOf('pages/a1', some)).toEqual({ _model: 'pages', _id: 'a1' });
    expect(refOf({ _model: 'pages', _id: 'a1', title: 'A' }, some)).toEqual({ _model: 'pages', _id: 'a1' });
    expect(refOf('', one)).toBeUndefined();
    expect(writtenRef({ _model: 'posts', _id: 'a1' }, one, true)).toBe('a1');
    expect(writtenRef({ _model: 'pages', _id: 'a1' }, some, true)).toBe('pages/a1');
    expect(writtenRef({ _model: 'pages', _id: 'a1' }, some, false)).toEqual({ _model: 'pages', _id: 'a1' });
  });
  it.each(cases)('%j with %j is %s', (field, value, widget) => {
    expect(widgetOf({ name: 'x', kind: 'text', ...field }, value)).toBe(widget);
  });
  it('of a list know their elements', () => {
    expect(elementOf({ name: 'x', kind: 'list', fields: [{ name: 'a', kind: 'text' }] }).kind).toBe('set');
    expect(elementOf({ name: 'x', kind: 'list' }).kind).toBe('text');
    expect(widgetOf(elementOf({ name: 'x', kind: 'url', many: true }))).toBe('url');
  });
  it('start with what the model says', () => {
    expect(initialOf({ name: 'x', kind: 'boolean' })).toBe(false);
    expect(initialOf({ name: 'x', kind: 'number', default: 3 })).toBe(3);
    expect(initialOf({ name: 'x', kind: 'date', default: '$now' })).toBe(null);
    expect(initialOf({ name: 'x', kind: 'set', fields: [{ name: 'a', kind: 'tags' }] })).toEqual({ a: [] });
    expect(initialOf({ name: 'x', kind: 'set', fields: [{ name: 'a', kind: 'text', required: true }] })).toBe(null);
    expect(initialOf({ name: 'x', kind: 'component', of: 'hero', fields: [] })).toBe(null);
  });
});

describe('values', () => {
  it.each([
    ['', null],
    ['12', 12],
    ['-1,5', -1.5],
    ['1e3', 1000],
    ['12px', undefined],
    ['9007199254740993', undefined],
  ])('number %j is %j', (text, value) => expect(parseNumber(text)).toBe(value));
  it.each([
    ['1,234', 'en', 1234],
    ['1,234.5', 'en', 1234.5],
    ['4,5', 'en', 4.5],
    ['1.234', 'de', 1234],
    ['1.234,5', 'de', 1234.5],
    ['1.5', 'de', 1.5],
    ['1\u202f234,5', 'fr', 1234.5],
    ['1 234', 'fr', 1234],
    ['−3', 'en', -3],
  ])('number %j in %s is %j', (text, language, value) => expect(parseNumber(text, false, language)).toBe(value));
  it.each([[1234.5, 'de', '1234,5'], [1234.5, 'en', '1234.5'], [0.1, 'fr', '0,1'], [-2, 'es', '-2'], [1e-7, 'en', '0.0000001']] as const)('%j in %s is written %j', (value, language, text) => {
    expect(writeNumber(value, language)).toBe(text);
    expect(parseNumber(text, false, language)).toBe(value);
  });
  it('whole numbers have no fraction', () => expect(parseNumber('1.5', true)).toBeUndefined());

  it('points in time survive the way through the form', () => {
    const value = '2026-11-21T17:00:00Z';
    expect(fromLocalInput(toLocalInput(value), value)).toBe(value);
    expect(fromLocalInput('2026-11-21T17:00', '2026-01-01 08:00')).toBe('2026-11-21 17:00');
    expect(toLocalInput('2026-01-01 08:00')).toBe('2026-01-01T08:00');
    expect(fromLocalInput('', value)).toBe(null);
  });
  it('slugs are plain', () => {
    expect(slugOf('Größe & Maß: Überblick!')).toBe('grosse-mass-uberblick');
    expect(slugOf('--')).toBe('');
  });
  it('have one line in a table', () => {
    expect(summary({ name: 'x', kind: 'richtext' }, '<p>Hello <b>you</b></p>')).toBe('Hello you');
    expect(summary({ name: 'x', kind: 'boolean' }, false)).toBe('No');
    expect(summary({ name: 'x', kind: 'object' }, { a: 1, b: 2 })).toBe('a, b');
    expect(summary({ name: 'x', kind: 'list' }, [{}, {}])).toBe('2 entries');
  });
  it('name their item', () => {
    expect(nameOf(posts, { _id: '1', title: 'A' })).toBe('A');
    expect(nameOf(posts, { _id: '1', title: ' ' })).toBe('1');
    expect(humanise('published_onDate')).toBe('Published on date');
  });
  it('tell their age', () => {
    expect(ago(1000, 1030)).toBe('now');
    expect(ago(1000, 1000 + 7200)).toBe('2 hours ago');
  });
});

describe('the password hint', () => {
  it.each([
    ['short', 0],
    ['aaaaaaaaaaaaaa', 1],
    ['qwertyuiopasdf', 1],
    ['password12345', 1],
    ['ada.lovelace.1815', 1],
  ])('%s', (password, score) => expect(strengthOf(password, ['Ada', 'lovelace']).score).toBe(score));
  it('likes length', () => {
    expect(strengthOf('umbrella tulip forty seven').score).toBeGreaterThanOrEqual(3);
  });
});

describe('after signing in', () => {
  it.each(['//evil.example', '/\\evil.example', 'https://evil.example', '/%09/evil'.replace('%09', '\t'), 'evil', '/sign-in?next=/'])('%j is not followed', (next) => {
    expect(safeNext(next)).toBe('/');
  });
  it('a path of ours is', () => {
    expect(safeNext('/content/posts?filter={"a":1}&page=2')).toBe('/content/posts?filter={"a":1}&page=2');
  });
});

describe('groups', () => {
  it('put the server’s own collections last', () => {
    const names = groupsOf([
      { ...posts, name: 'users', system: true },
      { ...posts, name: 'b', group: 'Blog' },
      { ...posts, name: 'a', group: null },
    ]).map((group) => group.name);
    expect(names).toEqual(['Content', 'Blog', 'System']);
  });
});
