import { describe, expect, it } from 'vitest';
import { isComplete, parametersOf, readQuestion, split, writeQuestion } from './roles-explain';

const nobody = { as: '', collection: '', verb: 'read', id: '', address: '', at: '' };

describe('a question in an address', () => {
  it.each([
    ['', nobody, ''],
    ['?as=role%3Adesk&collection=posts', { ...nobody, as: 'role:desk', collection: 'posts' }, '?as=role%3Adesk&collection=posts'],
    ['?collection=posts&verb=delete&id=a1', { ...nobody, collection: 'posts', verb: 'delete', id: 'a1' }, '?collection=posts&verb=delete&id=a1'],
    ['?collection=posts&verb=read', { ...nobody, collection: 'posts' }, '?collection=posts'],
  ])('%s', (search, question, back) => {
    expect(readQuestion(search)).toEqual(question);
    expect(writeQuestion(question)).toBe(back);
  });
  it.each([
    ['', 'posts', true],
    ['public', 'posts', true],
    ['role:', 'posts', false],
    ['role:desk', 'posts', true],
    ['role:desk', '', false],
  ])('%s on "%s" can be asked: %s', (as, collection, complete) => expect(isComplete({ ...nobody, as, collection })).toBe(complete));
  it('names may have colons in them', () => expect(split('user:a:b')).toEqual(['user', 'a:b']));
  it('sends what there is', () => expect(parametersOf({ ...nobody, collection: 'posts' })).toEqual({ collection: 'posts', verb: 'read' }));
});
