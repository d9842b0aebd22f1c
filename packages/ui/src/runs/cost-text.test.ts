import { expect, test } from 'vitest';
import { costText } from './cost-text.ts';

const point = (nodes: number, billedNodeMs: number, makespanMs: number) => ({ nodes, billedNodeMs, makespanMs });

test('the cost is told for as many nodes as pay, of all clusters together', () => {
  const clusters = [
    {
      points: [point(1, 3_600_000, 3_600_000), point(2, 3_900_000, 2_000_000), point(4, 7_000_000, 1_900_000)],
      kneeNodes: 2,
      unknownRuns: 0,
    },
    { points: [point(1, 3_300_000, 60_000)], kneeNodes: null, unknownRuns: 3 },
  ];
  expect(costText(clusters)).toBe('About 2 node-h on 3 nodes, done after 33m 20s; without 3 runs of unknown time.');
});

test('of runs of which nothing is known that is said, and of none nothing', () => {
  expect(costText([{ points: [], kneeNodes: null, unknownRuns: 5 }])).toBe('How long 5 runs of them take is not known.');
  expect(costText([])).toBeNull();
});
