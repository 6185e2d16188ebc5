import { describe, expect, it } from 'vitest';
import { faultsByEntry, withEntries, type ReleaseEntry } from './releases';

const entry = (item: string, action: ReleaseEntry['action'] = 'publish'): ReleaseEntry => ({ collection: 'posts', item, action });

describe('a release', () => {
  it('has an entry once', () => {
    expect(withEntries([entry('a', 'unpublish')], [entry('a'), entry('b')])).toEqual([entry('a', 'unpublish'), entry('b')]);
  });
  it('tells each entry what is wrong with it', () => {
    const faults = [
      { pointer: '/entries/1', code: 'x', detail: 'Title is required' },
      { pointer: '/entries/1/title', code: 'x', detail: 'Too long' },
      { pointer: '/name', code: 'x', detail: 'Taken' },
    ];
    expect([...faultsByEntry(faults)]).toEqual([[1, 'Title is required · Too long']]);
  });
});
