import { expect, it } from 'vitest';
import type { FencingTimes } from './fencing-times.ts';
import { assertFencingTimes, defaultFencingTimes, requeueAfterMs } from './fencing-times.ts';

it('the defaults agree with each other, also on a local disk', () => {
  expect(() => assertFencingTimes(defaultFencingTimes)).not.toThrow();
  expect(() => assertFencingTimes({ ...defaultFencingTimes, fsStalenessMs: 0 })).not.toThrow();
});

it('a silent node is given up after lease, its margin, the staleness of the file system and the last margin: 180 s', () => {
  expect(requeueAfterMs(defaultFencingTimes)).toBe(180_000);
});

it.each<[keyof FencingTimes, number, string]>([
  ['leaseMs', 30_000, 'leaseMs (30000) is longer than 2 × fileHeartbeatMs (15000)'],
  ['leaseMarginMs', 5_000, 'leaseMarginMs (5000) is not shorter than killWithinMs (10000)'],
  ['stallMs', 1_000, 'stallMs (1000) is not shorter than heartbeatMs (5000)'],
  ['requeueMarginMs', 0, 'requeueMarginMs (0) is not shorter than stallMs (10000)'],
  ['takeoverMarginMs', 5_000, 'takeoverMarginMs (5000) is longer than 1 × managerCounterMs (5000)'],
  ['fsStalenessMs', Number.NaN, 'fsStalenessMs is a duration, not NaN'],
])('%s of %d ms is refused with both names and values', (name, ms, sentence) => {
  expect(() => assertFencingTimes({ ...defaultFencingTimes, [name]: ms })).toThrow(sentence);
});
