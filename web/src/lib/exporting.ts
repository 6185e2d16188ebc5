// Entries as a file: CSV for spreadsheets, JSON and NDJSON for programs.
import { isObject, isRef, type Json } from './types';

export type Format = 'csv' | 'json' | 'ndjson';
type Row = { [name: string]: Json | undefined };

/** One value in a cell: what is shown, references as ids, lists divided by "; ", everything else as JSON. */
export function cellOf(value: Json | undefined): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.every((one) => !isObject(one) || isRef(one)) ? value.map(cellOf).join('; ') : JSON.stringify(value);
  if (isRef(value)) return value._id;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** What a spreadsheet would take for a formula is told to be text. */
const guarded = (text: string): string => (/^[=+\-@\t\r]/.test(text) && !/^[+-]?\d+([.,]\d+)?$/.test(text) ? `'${text}` : text);
const quoted = (text: string): string => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

export const csvLine = (cells: readonly string[]): string => `${cells.map((cell) => quoted(guarded(cell))).join(',')}\r\n`;

export interface Writer {
  type: string;
  begin: string;
  row: (row: Row, first: boolean) => string;
  end: string;
}

export function writerOf(format: Format, paths: readonly string[], valueAt: (row: Row, path: string) => Json | undefined): Writer {
  const picked = (row: Row): string => JSON.stringify(row);
  if (format === 'csv')
    // The mark tells spreadsheets that it is UTF-8.
    return { type: 'text/csv', begin: `\uFEFF${csvLine(paths)}`, row: (row) => csvLine(paths.map((path) => cellOf(valueAt(row, path)))), end: '' };
  if (format === 'ndjson') return { type: 'application/x-ndjson', begin: '', row: (row) => `${picked(row)}\n`, end: '' };
  return { type: 'application/json', begin: '[\n', row: (row, first) => `${first ? '' : ',\n'}${picked(row)}`, end: '\n]\n' };
}
