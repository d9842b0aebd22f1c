import { expect, test } from 'vitest';
import { countOf, formatAmount, formatBytes, formatNodeTime, formatPercent } from './amount.ts';

test('large counts are grouped by narrow spaces', () => {
  expect(countOf(100_000, 'run')).toBe('100\u202f000 runs');
  expect(countOf(1, 'run')).toBe('1 run');
});

test.each([
  [0, '0'],
  [0.05216, '0.0522'],
  [61.43, '61.4'],
  [5, '5'],
  [1203.6, '1\u202f204'],
])('%d is said as %s', (value, text) => {
  expect(formatAmount(value)).toBe(text);
});

test.each([
  [7_200, '2 node-h'],
  [1_200, '20 node-min'],
  [42.25, '42.3 node-s'],
])('%d node-seconds are said as %s', (value, text) => {
  expect(formatNodeTime(value)).toBe(text);
});

test('a share that is neither nothing nor all is not rounded to it', () => {
  expect([0, 0.004, 0.5, 0.996, 1].map(formatPercent)).toEqual(['0%', '<1%', '50%', '>99%', '100%']);
});

test.each([
  [512, '512 B'],
  [2_048, '2 KiB'],
  [1_300_000_000, '1.21 GiB'],
])('%d bytes are said as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
