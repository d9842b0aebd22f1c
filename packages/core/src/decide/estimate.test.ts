import { expect, test } from 'vitest';
import type { Prediction } from './predict.ts';
import { estimate } from './estimate.ts';

const hour = 3_600_000;
const options = { slotsPerNode: 4, startUpMs: 0, maxNodes: 100 };

function declared(...hours: number[]): Pick<Prediction, 'ms' | 'source'>[] {
  return hours.map((count) => ({ ms: count * hour, source: 'declared' }));
}

test('cost and time are told for 1, 2, 4 and the most nodes that are of use', () => {
  const { points } = estimate(declared(...new Array<number>(24).fill(1)), options);
  expect(points).toEqual([
    { nodes: 1, billedNodeMs: 6 * hour, makespanMs: 6 * hour },
    { nodes: 2, billedNodeMs: 6 * hour, makespanMs: 3 * hour },
    { nodes: 4, billedNodeMs: 6 * hour, makespanMs: 2 * hour },
    { nodes: 6, billedNodeMs: 6 * hour, makespanMs: hour },
  ]);
});

test('the knee is where a further doubling costs more than it saves', () => {
  const { knee, points } = estimate(declared(8, ...new Array<number>(31).fill(1)), options);
  expect(points.at(-1)).toMatchObject({ nodes: 8, makespanMs: 8 * hour });
  expect(knee).toMatchObject({ nodes: 1 });
});

test('runs of unknown time are counted and left out, sources are told', () => {
  const told = estimate([...declared(1, 2), { ms: hour, source: 'learned' }, null], options);
  expect(told).toMatchObject({ unknownRuns: 1, sources: { declared: 2, learned: 1, progress: 0 } });
  expect(estimate([null], options)).toMatchObject({ points: [], knee: null, unknownRuns: 1 });
});
