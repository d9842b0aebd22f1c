import { expect, test } from 'vitest';
import { removableThrough } from './removable-events.ts';

const five = [1, 2, 5, 6, 9].map((seq) => ({ seq, atMs: seq * 100 }));

test.each([
  ['all are young and few', { beforeMs: 0, passedThrough: 0 }, null],
  ['the first three are too old', { beforeMs: 600, passedThrough: 0 }, 5],
  ['the first two are too many', { beforeMs: 0, passedThrough: 4 }, 2],
  ['what is too old goes further than what is too many', { beforeMs: 600, passedThrough: 2 }, 5],
  ['what is too many goes further than what is too old', { beforeMs: 150, passedThrough: 6 }, 6],
  ['all are too old: the last one stays', { beforeMs: 10_000, passedThrough: 0 }, 6],
  ['there are fewer than are kept', { beforeMs: 0, passedThrough: -100 }, null],
] as const)('%s', (_case, bounds, through) => {
  expect(removableThrough(five, bounds)).toBe(through);
});

test('a single event stays, and none is none', () => {
  expect(removableThrough(five.slice(0, 1), { beforeMs: 10_000, passedThrough: 100 })).toBeNull();
  expect(removableThrough([], { beforeMs: 10_000, passedThrough: 100 })).toBeNull();
});
