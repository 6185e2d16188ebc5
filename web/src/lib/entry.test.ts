import { describe, expect, it } from 'vitest';
import { curlOf, pathsTo, targetsIn } from './entry';
import { foldSaves } from './revisions';
import type { Field, JsonObject, Model } from './types';

const model = (fields: Field[]): Model => ({ name: 'm', label: 'M', shape: 'list', system: false, display: 'x', can: { create: true, update: true, delete: true, publish: true }, fields });

describe('references', () => {
  it('are found wherever they stand, each once', () => {
    const ref = { _model: 'posts', _id: '1' };
    const fields: Field[] = [
      { name: 'a', kind: 'ref', to: 'posts' },
      { name: 'b', kind: 'ref', many: true },
      { name: 'c', kind: 'blocks', of: ['hero'] },
      { name: 'd', kind: 'set', many: true, fields: [{ name: 'by', kind: 'ref', to: 'authors' }] },
      { name: 'e', kind: 'text' },
    ];
    const values: JsonObject = { a: ref, b: [ref, { _model: 'authors', _id: '2' }], c: [{ _component: 'hero', post: '3' }, { _component: 'gone' }], d: [{ by: '4' }, { by: null }], e: 'x' };
    expect(targetsIn(fields, values, [{ name: 'hero', label: 'Hero', fields: [{ name: 'post', kind: 'ref', to: 'posts' }] }])).toEqual([
      { model: 'posts', id: '1' },
      { model: 'authors', id: '2' },
      { model: 'posts', id: '3' },
      { model: 'authors', id: '4' },
    ]);
  });
  it('lead to a collection by name', () => {
    const from = model([
      { name: 'author', kind: 'ref', to: 'authors' },
      { name: 'about', kind: 'ref', to: ['posts', 'authors'] as unknown as string },
      { name: 'cover', kind: 'asset', to: 'assets' },
      { name: 'seo', kind: 'set', fields: [{ name: 'by', kind: 'ref', to: 'authors' }] },
    ]);
    expect(pathsTo(from, 'authors')).toEqual(['author', 'about', 'seo.by']);
    const blocks = { ...model([{ name: 'sections', kind: 'blocks', of: ['hero'] }]), components: [{ name: 'hero', label: 'Hero', fields: [{ name: 'post', kind: 'ref', to: 'posts' }] }] };
    expect(pathsTo(blocks, 'posts')).toEqual(['sections.post']);
    expect(pathsTo(from, 'assets')).toEqual(['cover']);
  });
});

describe('curl', () => {
  it('is quoted for a shell', () => {
    expect(curlOf('PATCH', 'http://x/y?a=b&c=d', { title: "It's" }, '"3"')).toBe(
      `curl -X PATCH -H "api-key: $KEY" -H 'If-Match: "3"' --json '{"title":"It'\\''s"}' 'http://x/y?a=b&c=d'`,
    );
  });
});

describe('a history', () => {
  const at = (minute: number): string => new Date(Date.UTC(2026, 0, 1, 12, minute)).toISOString();
  const row = (rev: number, minute: number, verb: string, user: string | null, fields: string[]) => ({ rev, at: at(minute), verb, user, fields, draft: verb === 'draft' });
  it('folds what one person saved in one go', () => {
    const rows = foldSaves([
      row(7, 40, 'draft', 'grace', ['title']),
      row(6, 31, 'draft', 'ada', ['body']),
      row(5, 30, 'draft', 'ada', ['title', 'body']),
      row(4, 29, 'draft', 'ada', ['title']),
      row(3, 5, 'draft', 'ada', ['title']),
      row(2, 4, 'publish', 'ada', ['_state']),
      row(1, 3, 'create', 'ada', ['title']),
    ]);
    expect(rows.map((one) => [one.newest.rev, one.saves.length, one.fields])).toEqual([
      [7, 1, ['title']],
      [6, 3, ['body', 'title']],
      [3, 1, ['title']],
      [2, 1, ['_state']],
      [1, 1, ['title']],
    ]);
  });
});
