import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDuration } from './duration-text.ts';
import { parseSize } from './size-text.ts';

describe('a duration', () => {
  it.each([
    ['90s', 90_000],
    ['10m', 600_000],
    ['1h30m', 5_400_000],
    ['1h 30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['2d', 172_800_000],
    ['500ms', 500],
    ['30min', 1_800_000],
    ['01:30:00', 5_400_000],
    ['100:00:00', 360_000_000],
    ['1-12:00:00', 129_600_000],
    ['0s', 0],
  ])('%s is %d ms', (text, durationMs) => expect(parseDuration(text)).toBe(durationMs));

  it.each(['', '90', '01:30', '1:2:3', '30m1h', '-5s', '1h30', 'soon', '99999999999999d', '1e3s'])('%j is none', (text) =>
    expect(parseDuration(text)).toBeNull(),
  );
});

describe('a size', () => {
  it.each([
    ['2GB', 2_000_000_000],
    ['2G', 2_000_000_000],
    ['2GiB', 2_147_483_648],
    ['512 MiB', 536_870_912],
    ['1.5kB', 1_500],
    ['100B', 100],
  ])('%s is %d bytes', (text, bytes) => expect(parseSize(text)).toBe(bytes));

  it.each(['', '2', '2iB', 'GB', '-1GB', '2XB', '99999999999PB'])('%j is none', (text) => expect(parseSize(text)).toBeNull());
});

it('no text makes a duration or a size that is not a whole number', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      for (const value of [parseDuration(text), parseSize(text)]) expect(value === null || Number.isSafeInteger(value)).toBe(true);
    }),
  );
});
