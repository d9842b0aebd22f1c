import { expect, test } from 'vitest';
import { dispatchStretches } from './dispatch-stretches.ts';

const sample = (atMs: number, dispatchMs: number, isDispatch: boolean) => ({ cluster: 'c', atMs, dispatchMs, isDispatch });
const shares = (samples: readonly ReturnType<typeof sample>[]) =>
  dispatchStretches(samples, { fromMs: 0, toMs: 100, bucketMs: 20 }).map(({ fromMs, toMs, share }) => [fromMs, toMs, share]);

test('what began before the time and goes on fills it as one stretch', () => {
  expect(shares([sample(-50, 7, true)])).toEqual([[0, 100, 1]]);
});

test('each bucket has its share of what lay between two samples', () => {
  expect(shares([sample(0, 0, false), sample(30, 0, true), sample(60, 30, false)])).toEqual([
    [20, 40, 0.5],
    [40, 60, 1],
  ]);
});

test('what was counted between two samples and is over by the second is not lost', () => {
  expect(shares([sample(0, 0, false), sample(60, 10, false)])).toEqual([[40, 60, 0.5]]);
});

test('nothing is told of a time without a sample, or without any of it', () => {
  expect(shares([])).toEqual([]);
  expect(shares([sample(0, 0, false)])).toEqual([]);
});
