import { describe, expect, it } from 'vitest';
import { isMoment, readMoment, sayMoment, writeMoment, type Moment } from './moments';

describe('moments', () => {
  it.each<[Moment, string, string]>([
    [{ kind: 'now' }, '$now', 'now'],
    [{ kind: 'yesterday' }, '$now(yesterday)', 'yesterday'],
    [{ kind: 'ago', count: 7, unit: 'day' }, '$now(-7 days)', '7 days ago'],
    [{ kind: 'ago', count: 1, unit: 'month' }, '$now(-1 month)', '1 month ago'],
    [{ kind: 'ahead', count: 2, unit: 'week' }, '$now(+2 weeks)', 'in 2 weeks'],
    [{ kind: 'start', unit: 'month' }, '$now(start of month)', 'the start of the month'],
    [{ kind: 'end', unit: 'year' }, '$now(end of year)', 'the end of the year'],
  ])('%j', (moment, text, words) => {
    expect(writeMoment(moment)).toBe(text);
    expect(readMoment(text)).toEqual(moment);
    expect(sayMoment(text)).toBe(words);
  });
  it('of several steps stay as they are written', () => {
    expect(readMoment('$now(today, +9 hours)')).toBeUndefined();
    expect(sayMoment('$now(today, +9 hours)')).toBe('$now(today, +9 hours)');
  });
  it('are told from other texts', () => expect(['$now', '$now(x)', '$nowhere', 'now'].map(isMoment)).toEqual([true, true, false, false]));
});
