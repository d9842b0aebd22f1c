import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseCsv } from './csv.ts';

function written(fields: readonly string[]): string {
  return fields.map((field) => `"${field.replaceAll('"', '""')}"`).join(',');
}

test('whatever is written in quotes is read as it was', () => {
  const record = fc.array(fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', ' ', 'ü') }), { minLength: 2, maxLength: 4 });
  fc.assert(
    fc.property(fc.array(record), (records) => {
      const { records: read, unclosedLine } = parseCsv(records.map((fields) => `${written(fields)}\r\n`).join(''));
      expect(unclosedLine).toBeNull();
      expect(read.map(({ fields }) => fields)).toEqual(records);
    }),
  );
});

test.each<[string, readonly (readonly string[])[]]>([
  ['', []],
  ['a', [['a']]],
  ['a,b\n', [['a', 'b']]],
  [
    'a,\r\n,b',
    [
      ['a', ''],
      ['', 'b'],
    ],
  ],
  ['\n\na\n\n', [['a']]],
  ['"a" ,b', [['a', 'b']]],
])('%j', (text, records) => {
  expect(parseCsv(text).records.map(({ fields }) => fields)).toEqual(records);
});

test('lines are counted through line ends in quotes', () => {
  expect(parseCsv('"a\nb",c\n\nd,e').records.map(({ line }) => line)).toEqual([1, 4]);
  expect(parseCsv('a\n"b\nc').unclosedLine).toBe(2);
});
