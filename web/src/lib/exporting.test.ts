import { describe, expect, it } from 'vitest';
import { cellOf, csvLine, writerOf } from './exporting';
import { valueAt } from './paths';

describe('a cell', () => {
  it.each([
    [null, ''],
    [true, 'true'],
    [1.5, '1.5'],
    [['a', 'b'], 'a; b'],
    [{ _model: 'authors', _id: 'x' }, 'x'],
    [[{ _model: 'authors', _id: 'x' }, { _model: 'authors', _id: 'y' }], 'x; y'],
    [{ a: 1 }, '{"a":1}'],
    [[{ a: 1 }], '[{"a":1}]'],
  ])('%j', (value, text) => expect(cellOf(value)).toBe(text));
});

describe('a line', () => {
  it.each([
    [['a', 'b'], 'a,b'],
    [['say "hi"', 'x,y', 'two\nlines'], '"say ""hi""","x,y","two\nlines"'],
    [['=1+1', '-5', '-cmd', '@x', '+49 1'], "'=1+1,-5,'-cmd,'@x,'+49 1"],
  ])('%j', (cells, line) => expect(csvLine(cells)).toBe(`${line}\r\n`));
});

describe('a file', () => {
  const rows = [{ _id: '1', author: { name: 'Ada' } }, { _id: '2', author: null }];
  const written = (format: 'csv' | 'json' | 'ndjson'): string => {
    const writer = writerOf(format, ['_id', 'author.name'], valueAt);
    return writer.begin + rows.map((row, i) => writer.row(row, i === 0)).join('') + writer.end;
  };
  it('of each format', () => {
    expect(written('csv')).toBe('\uFEFF_id,author.name\r\n1,Ada\r\n2,\r\n');
    expect(JSON.parse(written('json'))).toEqual(rows);
    expect(written('ndjson').trim().split('\n').map((line) => JSON.parse(line) as unknown)).toEqual(rows);
  });
});
