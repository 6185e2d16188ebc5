import { describe, expect, it } from 'vitest';
import { askedIn, filterOf, searchOf } from './audit';

describe('questions to the journal', () => {
  it.each([
    [{}, {}],
    [{ who: 'ada' }, { who: { $contains: 'ada' } }],
    [{ collection: 'posts' }, { collection: 'posts' }],
    [{ verb: 'create, delete' }, { verb: { $in: ['create', 'delete'] } }],
    [{ address: '192.0.2.' }, { address: { $starts: '192.0.2.' } }],
    [{ from: '2026-11-01' }, { at: { $gte: '2026-11-01' } }],
    [{ to: '2026-11-30' }, { at: { $lt: '2026-12-01' } }],
    [{ request: 'x', item: 'y', via: 'graphql' }, { item: 'y', via: 'graphql', request_id: 'x' }],
  ])('%o', (what, filter) => expect(filterOf(what)).toEqual(filter));
  it('stand in the address, and nothing else does', () => {
    expect(askedIn('?who=ada&tail=1&verb=')).toEqual({ who: 'ada' });
    expect(searchOf({ who: ' ada ', verb: '' })).toBe('?who=ada');
  });
});
