// The days of a month as weeks, and what it means to move something to another day. Days are "2026-11-21", in the reader's time.
const two = (n: number): string => String(n).padStart(2, '0');
export const dayOf = (date: Date): string => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
export const monthOf = (date: Date): string => dayOf(date).slice(0, 7);
/** Noon: no change of the clocks moves it into another day. */
export const noon = (day: string): Date => new Date(`${day}T12:00:00`);

export function shiftMonth(month: string, by: number): string {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return monthOf(new Date(year, number - 1 + by, 15));
}

/** Whole weeks around a month. first: 1 for Monday … 7 for Sunday. */
export function weeksOf(month: string, first = 1): string[][] {
  const [year = 0, number = 1] = month.split('-').map(Number);
  const before = (new Date(year, number - 1, 1).getDay() - first + 7) % 7;
  const weeks: string[][] = [];
  for (let at = 1 - before; ; at += 7) {
    const days = Array.from({ length: 7 }, (_one, i) => dayOf(new Date(year, number - 1, at + i)));
    if (days.every((day) => day.slice(0, 7) > month)) return weeks;
    weeks.push(days);
    if (days[6]!.slice(0, 7) > month) return weeks;
  }
}

export function weekStart(language: string): number {
  const locale = new Intl.Locale(language) as Intl.Locale & { getWeekInfo?: () => { firstDay: number }; weekInfo?: { firstDay: number } };
  return (locale.getWeekInfo?.() ?? locale.weekInfo)?.firstDay ?? 1;
}

/** The day that a value falls on; '' for none. Seconds since 1970, "2026-11-21", or an instant. */
export function dayIn(value: unknown): string {
  if (typeof value === 'number') return dayOf(new Date(value * 1000));
  if (typeof value !== 'string' || !value) return '';
  if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return value;
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? '' : dayOf(date);
}

/** The same time of another day. */
export function movedTo(value: unknown, day: string, isInstant: boolean): string {
  if (!isInstant) return day;
  const before = typeof value === 'string' && value ? new Date(value) : noon(day);
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, month - 1, date, before.getHours(), before.getMinutes(), before.getSeconds()).toISOString().replace('.000Z', 'Z');
}

/** From when to when a filter has to look for these days. */
export function rangeOf(days: readonly string[], kind: 'date' | 'datetime' | 'seconds'): [string | number, string | number] {
  const [from, to] = [days[0]!, days[days.length - 1]!];
  if (kind === 'date') return [from, to];
  const [begin, end] = [new Date(`${from}T00:00:00`), new Date(`${to}T23:59:59`)];
  return kind === 'seconds' ? [Math.floor(begin.getTime() / 1000), Math.floor(end.getTime() / 1000)] : [begin.toISOString(), end.toISOString()];
}
