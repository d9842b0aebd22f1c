import { expect, test } from 'vitest';
import { loadCurve } from './load-curve.ts';

const sample = (atMs: number, ready: number) => ({ atMs, ready, running: 0, busySlots: 2, slots: 4 });

test('a sample holds until the next one; points are means over their time', () => {
  const points = loadCurve([sample(50, 4), sample(150, 8), sample(175, 0)], { fromMs: 100, toMs: 350, bucketMs: 100 });
  expect(points).toEqual([
    { fromMs: 100, ready: 4, running: 0, busySlots: 2, slots: 4 },
    { fromMs: 200, ready: 0, running: 0, busySlots: 2, slots: 4 },
    { fromMs: 300, ready: 0, running: 0, busySlots: 2, slots: 4 },
  ]);
});

test('before the first sample nothing was there', () => {
  expect(loadCurve([sample(150, 8)], { fromMs: 0, toMs: 200, bucketMs: 100 }).map(({ ready, slots }) => [ready, slots])).toEqual([
    [0, 0],
    [4, 2],
  ]);
  expect(loadCurve([], { fromMs: 0, toMs: 100, bucketMs: 100 })).toMatchObject([{ ready: 0 }]);
});

test('the last point may be shorter than the others, and is a mean over its own length', () => {
  expect(loadCurve([sample(0, 6)], { fromMs: 0, toMs: 130, bucketMs: 100 }).map(({ ready }) => ready)).toEqual([6, 6]);
});
