import fc from 'fast-check';
import { expect, test } from 'vitest';
import { estimate, type EstimatedRun } from './estimate.ts';

const hour = 3_600_000;
const options = { slotsPerNode: 4, startUpMs: 0, maxNodes: 100, walltimeMs: null };

function hours(...counts: readonly number[]): EstimatedRun[] {
  return counts.map((count) => ({ ms: count * hour, slots: 1 }));
}

test('cost and time are told for 1, 2, 4 and the most nodes that are of use', () => {
  const { points, lowerBoundNodeMs } = estimate(hours(...new Array<number>(24).fill(1)), options);
  expect(points).toEqual([
    { nodes: 1, makespanMs: 6 * hour, billedNodeMs: 6 * hour, movedNodeMs: 6 * hour },
    { nodes: 2, makespanMs: 3 * hour, billedNodeMs: 6 * hour, movedNodeMs: 6 * hour },
    { nodes: 4, makespanMs: 2 * hour, billedNodeMs: 6 * hour, movedNodeMs: 6 * hour },
    { nodes: 6, makespanMs: hour, billedNodeMs: 6 * hour, movedNodeMs: 6 * hour },
  ]);
  expect(lowerBoundNodeMs).toBe(6 * hour);
});

test('the knee is where a further doubling costs more than it saves', () => {
  const { knee, points } = estimate(hours(8, ...new Array<number>(31).fill(1)), options);
  expect(points.at(-1)).toMatchObject({ nodes: 8, makespanMs: 8 * hour });
  expect(knee).toMatchObject({ nodes: 1 });
});

test('a bill with moves is that of the slots packed together at each instant', () => {
  const { points } = estimate(hours(4, 4, 1, 1, 1, 1, 1, 1), options);
  expect(points.at(-1)).toEqual({ nodes: 2, makespanMs: 4 * hour, billedNodeMs: 5 * hour, movedNodeMs: 5 * hour });
  expect(estimate(hours(4, 1, 1, 1, 3, 1, 1, 1), options).points.at(-1)).toMatchObject({ movedNodeMs: 5 * hour });
});

test('runs of several slots count for that many; start-up is paid on every node', () => {
  expect(estimate([{ ms: hour, slots: 4 }, { ms: hour, slots: 4 }], { ...options, startUpMs: 60_000 }).points).toEqual([
    { nodes: 1, makespanMs: 2 * hour + 60_000, billedNodeMs: 2 * hour + 60_000, movedNodeMs: 2 * hour + 60_000 },
    { nodes: 2, makespanMs: hour + 60_000, billedNodeMs: 2 * (hour + 60_000), movedNodeMs: 2 * (hour + 60_000) },
  ]);
  expect(estimate([], options)).toMatchObject({ points: [], knee: null, lowerBoundNodeMs: 0 });
});

test('no bill is below the lower bound, and moves never cost more', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 5 }), (times, slotsPerNode) => {
      const { points, lowerBoundNodeMs } = estimate(times.map((ms) => ({ ms, slots: 1 })), { ...options, slotsPerNode });
      for (const { billedNodeMs, movedNodeMs, makespanMs } of points) {
        expect(movedNodeMs).toBeLessThanOrEqual(billedNodeMs);
        expect(movedNodeMs).toBeGreaterThanOrEqual(lowerBoundNodeMs - 1);
        expect(makespanMs).toBeGreaterThanOrEqual(Math.max(...times));
      }
    }),
  );
});

test('of more runs than are projected one by one, every m-th stands for m', () => {
  const runs = Array.from({ length: 120_000 }, (_, i) => ({ ms: hour + (i % 100) * 60_000, slots: 1 }));
  const { points } = estimate(runs, { ...options, maxNodes: 1_000 });
  const work = runs.reduce((sum, { ms }) => sum + ms, 0) / 4;
  for (const { billedNodeMs } of points) expect(billedNodeMs / work).toBeCloseTo(1, 1);
});
