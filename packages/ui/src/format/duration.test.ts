import { expect, test } from 'vitest';
import { formatAgo, formatDuration } from './duration.ts';

test.each([
  [0, '0.0s'],
  [430, '0.4s'],
  [12_000, '12s'],
  [185_000, '3m 05s'],
  [9_600_000, '2h 40m'],
  [442_800_000, '5d 3h'],
  [-5, '0.0s'],
])('%i ms are %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test.each([
  [1_000, 'now'],
  [-60_000, 'now'],
  [12_000, '12s ago'],
  [185_000, '3m ago'],
  [100_000_000, '27h ago'],
  [442_800_000, '5d ago'],
])('an event %i ms before now was %s', (age, text) => {
  expect(formatAgo(1_000_000, 1_000_000 + age)).toBe(text);
});
