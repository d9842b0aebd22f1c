import { describe, expect, test } from 'vitest';
import { nodeHours, nodeTime, percent } from './node-time.ts';
import { table } from './table.ts';
import { ago, parseDuration, shortDuration } from './times.ts';

test('a table lines up its columns, numbers to the right, whatever their colour', () => {
  expect(
    table(
      ['NAME', '>COUNT', 'END'],
      [
        ['a', '7', ''],
        ['long', '\u001b[31m123\u001b[39m', 'x'],
      ],
    ),
  ).toBe('NAME  COUNT  END\na         7\nlong    \u001b[31m123\u001b[39m  x\n');
});

describe('durations', () => {
  test.each([
    [0, '0s'],
    [999, '0s'],
    [41_000, '41s'],
    [724_000, '12m04s'],
    [7_500_000, '2h05m'],
    [180_000_000, '2d02h'],
  ])('%i ms are shown as %s', (durationMs, text) => {
    expect(shortDuration(durationMs)).toBe(text);
  });

  test.each([
    ['90', 90_000],
    ['90s', 90_000],
    ['1h30m', 5_400_000],
    ['2d', 172_800_000],
    ['', null],
    ['10 m', null],
    ['-5s', null],
    ['m10', null],
  ])('%j is read as %s ms', (text, durationMs) => {
    expect(parseDuration(text)).toBe(durationMs);
  });

  test('what has not happened is a dash, and clocks that differ do not show the future', () => {
    expect([ago(null, 5), ago(4_000, 9_000), ago(9_000, 4_000)]).toEqual(['-', '5s ago', '0s ago']);
  });
});

test('node-time is shown in node-hours, and in node-seconds where hours would only show zeros', () => {
  expect([nodeHours(12_600), nodeTime(12_600), nodeTime(87.4)]).toEqual(['3.500', '3.500 node-hours', '87 node-seconds']);
});

test.each([
  [1, 2, '50 %'],
  [1, 250, '0.4 %'],
  [0, 5, '0 %'],
  [0, 0, '-'],
])('%i of %i are %s', (part, whole, text) => {
  expect(percent(part, whole)).toBe(text);
});
