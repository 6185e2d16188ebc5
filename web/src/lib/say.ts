// Numbers, sizes and times as the reader's language writes them.
import { number } from './message';
import { texts } from './text.svelte';

type When = string | number | Date | null | undefined;

/** Seconds (as _created has them), milliseconds or a text; undefined: no time. */
export function instant(when: When): Date | undefined {
  if (when === null || when === undefined || when === '') return undefined;
  if (when instanceof Date) return when;
  const date = new Date(typeof when === 'number' && when < 1e11 ? when * 1000 : when);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

export function moment(when: When, options: Intl.DateTimeFormatOptions = { dateStyle: 'medium', timeStyle: 'short' }): string {
  const date = instant(when);
  return date ? new Intl.DateTimeFormat(texts.language, options).format(date) : '';
}
export const day = (when: When): string => moment(when, { dateStyle: 'medium' });

const units: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_556_952],
  ['month', 2_629_746],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

/** "2 minutes ago", "in 87 days"; under a minute "now". */
export function ago(when: When, now = Date.now()): string {
  const date = instant(when);
  if (!date) return '';
  const seconds = (date.getTime() - now) / 1000;
  const form = new Intl.RelativeTimeFormat(texts.language, { numeric: 'auto' });
  for (const [unit, length] of units) if (Math.abs(seconds) >= length) return form.format(Math.trunc(seconds / length), unit);
  return form.format(0, 'second');
}

export const count = (value: number): string => number(texts.language, value);

export function bytes(value: number): string {
  let size = value;
  let unit = 0;
  for (; size >= 1000 && unit < 4; unit += 1) size /= 1000;
  const names = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];
  return new Intl.NumberFormat(texts.language, {
    style: 'unit',
    unit: names[unit]!,
    unitDisplay: unit ? 'short' : 'long',
    maximumFractionDigits: unit && size < 100 ? 1 : 0,
  }).format(size);
}

export function list(words: readonly string[]): string {
  return new Intl.ListFormat(texts.language, { type: 'conjunction' }).format(words);
}
