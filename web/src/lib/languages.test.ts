import { describe, expect, it } from 'vitest';
import { completeness, directionOf, expand, flatten, partsOf, unflatten } from './languages';
import type { Model } from './types';

const model: Model = {
  name: 'guides',
  label: 'Guides',
  shape: 'list',
  system: false,
  display: 'title',
  can: { create: true, update: true, delete: true, publish: true },
  fields: [
    { name: 'title', kind: 'text', required: true, localized: true, default: 'New' },
    { name: 'slug', kind: 'slug', localized: true },
    { name: 'pages', kind: 'number' },
  ],
};
const languages = [{ code: 'en', standard: true }, { code: 'de', standard: false }];
const fields = expand(model, languages);

describe('an entry in several languages', () => {
  it('has a field for each of them', () => {
    expect(fields.map((field) => [field.name, field.required ?? false, field.from, field.default])).toEqual([
      ['title@@en', true, undefined, 'New'],
      ['title@@de', false, undefined, undefined],
      ['slug@@en', false, 'title@@en', undefined],
      ['slug@@de', false, 'title@@de', undefined],
      ['pages', false, undefined, undefined],
    ]);
    expect(expand(model, [])).toBe(model.fields);
  });
  it('is flat in the form and whole for the server', () => {
    const flat = flatten(fields, { title: { en: 'A', de: 'B' }, slug: null, pages: 3 });
    expect(flat).toEqual({ 'title@@en': 'A', 'title@@de': 'B', 'slug@@en': null, 'slug@@de': null, pages: 3 });
    expect(unflatten({ 'title@@de': 'C', pages: 4, 'slug@@de': 'c', 'slug@@en': null })).toEqual({ title: { de: 'C' }, pages: 4, slug: { de: 'c', en: null } });
  });
  it('knows what is not translated yet', () => {
    const values = { 'title@@en': 'A', 'slug@@en': 'a', 'title@@de': '', 'slug@@de': 'a', pages: 3 };
    expect(completeness(fields, values, 'en')).toEqual({ done: 2, of: 2 });
    expect(completeness(fields, values, 'de')).toEqual({ done: 1, of: 2 });
  });
  it.each([
    ['title@@de/0/x', { name: 'title', language: 'de', rest: '/0/x' }],
    ['pages', { name: 'pages', language: '', rest: '' }],
  ])('has places: %s', (place, parts) => expect(partsOf(place)).toEqual(parts));
  it('is written in its direction', () => expect([directionOf('ar-EG'), directionOf('de')]).toEqual(['rtl', 'ltr']));
});
