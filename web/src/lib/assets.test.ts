import { describe, expect, it } from 'vitest';
import { dimensionsOf, filterOf, focusOf, foldersOf, moved, pictureUrl, readView, references, sortOf, thumbnail, writeView } from './assets';
import type { Model } from './types';
import { metadata, nextPiece } from './uploads';

const picture = { _id: 'a1', _rev: 3, type: 'image', mime: 'image/png', title: 'Sea', width: 96, height: 64 };
const model = (name: string, fields: Model['fields']): Model => ({ name, label: name, shape: 'list', system: false, fields, display: '_id', can: { create: true, update: true, delete: true, publish: true } });
const models = [model('posts', [{ name: 'cover', kind: 'asset' }, { name: 'author', kind: 'ref', to: 'authors' }]), model('books', [{ name: 'files', kind: 'ref', to: 'assets', many: true }]), model('uploads', [{ name: 'replaces', kind: 'ref', to: 'assets' }])];
const nothing = { q: '', type: '', tag: '', folder: undefined, unused: false, sort: '-_created' };

describe('addresses of pictures', () => {
  it('leave out what was not said', () => expect(pictureUrl(picture, { w: 100, m: 'bestFit' })).toBe('/api/assets/image/a1?w=100&m=bestFit&o=1'));
  it('change with the revision', () => expect(thumbnail(picture, 40)).toBe('/api/assets/image/a1?w=80&h=80&m=thumbnail&mime=auto&o=1&t=3'));
  it('are there for pictures only', () => expect(thumbnail({ ...picture, type: 'document' }, 40)).toBe(''));
});

describe('what is said of a file', () => {
  it('its size', () => expect([dimensionsOf(picture), dimensionsOf({ _id: 'b', width: null })]).toEqual(['96 × 64', '']));
  it('its focal point', () => expect([focusOf({ _id: 'a', fp: { x: 0.2, y: 1 } }), focusOf({ _id: 'a', fp: null })]).toEqual([{ x: 0.2, y: 1 }, { x: 0.5, y: 0.5 }]));
  it.each([
    [0.5, 0.5, 0.01, 0, 0.51, 0.5],
    [0.995, 0, 0.01, -0.1, 1, 0],
    [0.29, 0.58, 0.01, 0.01, 0.3, 0.59],
  ])('a step from %d, %d', (x, y, byX, byY, toX, toY) => expect(moved({ x, y }, byX, byY)).toEqual({ x: toX, y: toY }));
});

describe('filters', () => {
  it('know what refers to files', () => expect(references(models)).toEqual(['posts_via_cover', 'books_via_files']));
  it.each([
    [nothing, undefined],
    [{ ...nothing, type: 'image' }, { type: 'image' }],
    [{ ...nothing, folder: '' }, { folder: null }],
    [{ ...nothing, folder: 'f1', tag: 'sea' }, { $and: [{ tags: 'sea' }, { folder: 'f1' }] }],
    [{ ...nothing, unused: true }, { $and: [{ posts_via_cover: null }, { books_via_files: null }] }],
  ])('%j', (view, filter) => expect(filterOf(view, models)).toEqual(filter));
  it('go to the address and come back', () => {
    const view = { ...nothing, q: 'a b', folder: '', sort: 'title' };
    expect(writeView(view, { open: 'x1' })).toBe('?folder=&q=a+b&sort=title&open=x1');
    expect(readView(writeView(view))).toEqual(view);
    expect(writeView(nothing)).toBe('');
  });
  it('have orders that are whole', () => expect([sortOf('-size'), sortOf('title')]).toEqual([{ size: -1, _id: -1 }, { title: 1, _id: 1 }]));
  it('come from the address', () => expect(readView('?q=sea&folder=&unused=1')).toEqual({ ...nothing, q: 'sea', folder: '', unused: true }));
});

describe('folders', () => {
  it('stand below their own, and at the top when it is not seen', () => {
    const rows = foldersOf([
      { _id: '1', name: 'Press', _pid: null },
      { _id: '2', name: 'Lost', _pid: '9' },
      { _id: '3', name: '2026', _pid: '1' },
    ]);
    expect(rows.map(({ path, depth }) => [path, depth])).toEqual([['Press', 0], ['Press / 2026', 1], ['Lost', 0]]);
  });
});

describe('uploads', () => {
  it('say names in base64 of UTF-8, and nothing that is empty', () => expect(metadata({ filename: 'ö.txt', folder: '', replaces: undefined })).toBe('filename w7YudHh0'));
  it.each([
    [262_144, 100, 524_288],
    [8_388_608, 100, 8_388_608],
    [524_288, 3000, 262_144],
    [262_144, 9000, 262_144],
    [524_288, 1000, 524_288],
  ])('pieces of %i bytes that took %i ms', (size, took, next) => expect(nextPiece(size, took)).toBe(next));
});
