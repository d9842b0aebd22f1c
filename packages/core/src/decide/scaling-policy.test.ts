import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ScalingPolicy } from '../model/definition.ts';
import { checkPlan } from './check-plan.ts';
import { planTick } from './plan-tick.ts';
import { builtAtMs, world } from './snapshot-builder.ts';

/** How many nodes are requested for runs of these sizes beside nodes with so many free slots each. */
function requested(scalingPolicy: ScalingPolicy, sizes: readonly number[], free: readonly number[]): number {
  const built = world().cluster('c', { slots: 4, scalingPolicy });
  for (const [i, count] of free.entries())
    built.node(
      `n${i}`,
      Array.from({ length: 4 }, (_, slot) => (slot < count ? null : `on${i}-${slot}`)),
      {},
      { checkpoint: { kind: 'none' } },
    );
  for (const [i, slots] of sizes.entries()) built.ready(`w${String(i).padStart(2, '0')}`, { slots });
  const snapshot = built.snapshot();
  const plan = planTick(snapshot, builtAtMs);
  expect(checkPlan(snapshot, plan, builtAtMs)).toEqual([]);
  return plan.requests.reduce((sum, { count }) => sum + count, 0);
}

const saturating = (saturation: number): ScalingPolicy => ({ kind: 'min_saturation', saturation });
const maximizeRunning: ScalingPolicy = { kind: 'maximize_running' };
const minimizeJobs: ScalingPolicy = { kind: 'minimize_jobs' };
const worlds = [
  fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 14 }),
  fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }),
] as const;

test('fuller nodes asked for are never more nodes: minimize_jobs ≤ min_saturation, rising ≤ maximize_running', () => {
  fc.assert(
    fc.property(...worlds, fc.constantFrom(0.25, 0.5), fc.constantFrom(0.75, 1), (sizes, free, low, high) => {
      const counts = [minimizeJobs, saturating(high), saturating(low), maximizeRunning].map((policy) => requested(policy, sizes, free));
      expect(counts).toEqual([...counts].sort((a, b) => a - b));
    }),
    { numRuns: 300 },
  );
});

test('no policy lets runs starve: what waits has a node that could take it, or gets one', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 14 }),
      fc.constantFrom(maximizeRunning, minimizeJobs, saturating(0.5), saturating(1)),
      (sizes, policy) => {
        expect(requested(policy, sizes, [])).toBeGreaterThan(0);
      },
    ),
    { numRuns: 300 },
  );
});

test('one run more asks for at most one node more, and never for fewer', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 20 }),
      fc.constantFrom(maximizeRunning, minimizeJobs, saturating(0.5), saturating(1)),
      (count, policy) => {
        const more = requested(policy, new Array<number>(count + 1).fill(1), []) - requested(policy, new Array<number>(count).fill(1), []);
        expect(more).toBeGreaterThanOrEqual(0);
        expect(more).toBeLessThanOrEqual(1);
      },
    ),
  );
});
