import { expect, test } from 'vitest';
import { planTick } from './plan-tick.ts';
import { builtAtMs, world } from './snapshot-builder.ts';
import { trustedTimes } from './trusted-times.ts';

const hour = 3_600_000;

test('declared times are believed as long as none proved wrong, and drawn together as far as their spread is error', () => {
  expect(trustedTimes([1, 4], 0)).toEqual([1, 4]);
  const [short = 0, long = 0] = trustedTimes([1_000, 4_000], 0.3);
  expect(short).toBeGreaterThan(1_000);
  expect(long).toBeLessThan(4_000);
  expect(short * long).toBeCloseTo(4_000_000, 0);
  expect(trustedTimes([1_000, 1_100, 1_200], 0.3)).toEqual([expect.closeTo(1_097, 0), expect.closeTo(1_097, 0), expect.closeTo(1_097, 0)]);
});

test('where declared times proved wrong, one that is twice as long is no reason to let the others follow each other', () => {
  const requested = (error: number) => {
    const built = world()
      .cluster('c', { slots: 4 })
      .declaredError(error)
      .ready('long', { timeMs: 2 * hour, checkpoint: { kind: 'assumed' } });
    for (let i = 0; i < 15; i += 1) built.ready(`r${String(i).padStart(2, '0')}`, { timeMs: hour, checkpoint: { kind: 'assumed' } });
    return planTick(built.snapshot(), builtAtMs).requests[0]?.count;
  };
  expect(requested(0)).toBe(3);
  expect(requested(0.3)).toBe(4);
});
