// Moments relative to now, as filters say them (docs/filter.md): "$now(-7 days)", "$now(start of month)".
import { t } from './text.svelte';

export const momentUnits = ['minute', 'hour', 'day', 'week', 'month', 'year'] as const;
export type MomentUnit = (typeof momentUnits)[number];

export type Moment = { kind: 'now' | 'today' | 'yesterday' | 'tomorrow' } | { kind: 'ago' | 'ahead'; count: number; unit: MomentUnit } | { kind: 'start' | 'end'; unit: MomentUnit };

export const isMoment = (value: unknown): value is string => typeof value === 'string' && /^\$now\b/i.test(value);

export function writeMoment(moment: Moment): string {
  switch (moment.kind) {
    case 'now':
      return '$now';
    case 'ago':
      return `$now(-${moment.count} ${moment.unit}${moment.count === 1 ? '' : 's'})`;
    case 'ahead':
      return `$now(+${moment.count} ${moment.unit}${moment.count === 1 ? '' : 's'})`;
    case 'start':
    case 'end':
      return `$now(${moment.kind} of ${moment.unit})`;
    default:
      return `$now(${moment.kind})`;
  }
}

/** undefined: one with several steps, which is shown as it is written. */
export function readMoment(text: string): Moment | undefined {
  if (/^\$now$/i.test(text)) return { kind: 'now' };
  const inner = /^\$now\((.*)\)$/i.exec(text)?.[1]?.trim() ?? '';
  if (inner === 'today' || inner === 'yesterday' || inner === 'tomorrow') return { kind: inner };
  const step = /^([+-])\s*(\d+)\s+(minute|hour|day|week|month|year)s?$/.exec(inner);
  if (step) return { kind: step[1] === '-' ? 'ago' : 'ahead', count: Number(step[2]), unit: step[3] as MomentUnit };
  const edge = /^(start|end) of (minute|hour|day|week|month|year)$/.exec(inner);
  if (edge) return { kind: edge[1] as 'start' | 'end', unit: edge[2] as MomentUnit };
  return undefined;
}

export function sayMoment(text: string): string {
  const moment = readMoment(text);
  switch (moment?.kind) {
    case undefined:
      return text;
    case 'now':
      return t('now');
    case 'today':
      return t('today');
    case 'yesterday':
      return t('yesterday');
    case 'tomorrow':
      return t('tomorrow');
    case 'ago':
      return t('{unit, select, minute {{count, plural, one {# minute} other {# minutes}} ago} hour {{count, plural, one {# hour} other {# hours}} ago} day {{count, plural, one {# day} other {# days}} ago} week {{count, plural, one {# week} other {# weeks}} ago} month {{count, plural, one {# month} other {# months}} ago} other {{count, plural, one {# year} other {# years}} ago}}', moment);
    case 'ahead':
      return t('{unit, select, minute {in {count, plural, one {# minute} other {# minutes}}} hour {in {count, plural, one {# hour} other {# hours}}} day {in {count, plural, one {# day} other {# days}}} week {in {count, plural, one {# week} other {# weeks}}} month {in {count, plural, one {# month} other {# months}}} other {in {count, plural, one {# year} other {# years}}}}', moment);
    case 'start':
      return t('{unit, select, minute {the start of the minute} hour {the start of the hour} day {the start of the day} week {the start of the week} month {the start of the month} other {the start of the year}}', moment);
    case 'end':
      return t('{unit, select, minute {the end of the minute} hour {the end of the hour} day {the end of the day} week {the end of the week} month {the end of the month} other {the end of the year}}', moment);
  }
}
