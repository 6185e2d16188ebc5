import { describe, expect, it } from 'vitest';
import { dayIn, movedTo, rangeOf, shiftMonth, weeksOf } from './calendar';

describe('a month', () => {
  it.each([
    ['2026-11', 1, 6, '2026-10-26', '2026-12-06'],
    ['2026-11', 7, 5, '2026-11-01', '2026-12-05'],
    ['2026-02', 7, 4, '2026-02-01', '2026-02-28'],
    ['2026-02', 1, 5, '2026-01-26', '2026-03-01'],
    ['2024-02', 1, 5, '2024-01-29', '2024-03-03'],
    ['2026-12', 1, 5, '2026-11-30', '2027-01-03'],
  ])('%s, weeks from day %i', (month, first, count, from, to) => {
    const weeks = weeksOf(month, first);
    expect([weeks.length, weeks[0]?.[0], weeks.at(-1)?.[6]]).toEqual([count, from, to]);
    expect(weeks.every((week) => week.length === 7)).toBe(true);
  });
  it.each([
    ['2026-11', 1, '2026-12'],
    ['2026-12', 1, '2027-01'],
    ['2026-01', -1, '2025-12'],
    ['2026-03', -12, '2025-03'],
  ])('%s and %i', (month, by, then) => expect(shiftMonth(month, by)).toBe(then));
});

describe('a day', () => {
  it.each([
    ['2026-11-21', '2026-11-21'],
    ['', ''],
    ['soon', ''],
    [null, ''],
  ])('of %j is %j', (value, day) => expect(dayIn(value)).toBe(day));
  it('is that of the reader', () => {
    const date = new Date(2026, 10, 21, 23, 30);
    expect(dayIn(date.toISOString())).toBe('2026-11-21');
    expect(dayIn(Math.floor(date.getTime() / 1000))).toBe('2026-11-21');
  });
  it('is changed without the time', () => {
    const before = new Date(2026, 10, 21, 18, 45);
    expect(new Date(movedTo(before.toISOString(), '2026-12-02', true))).toEqual(new Date(2026, 11, 2, 18, 45));
    expect(movedTo('2026-11-21', '2026-12-02', false)).toBe('2026-12-02');
    expect(new Date(movedTo(null, '2026-12-02', true)).getHours()).toBe(12);
  });
  it('bounds what is asked for', () => {
    expect(rangeOf(['2026-11-01', '2026-11-30'], 'date')).toEqual(['2026-11-01', '2026-11-30']);
    const [from, to] = rangeOf(['2026-11-01', '2026-11-30'], 'seconds');
    expect(Number(to) - Number(from)).toBe(30 * 86_400 - 1);
  });
});
