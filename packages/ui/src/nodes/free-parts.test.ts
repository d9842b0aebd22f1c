import type { SlotSegment, TimelineLane } from '@juqueue/client';
import { expect, test } from 'vitest';
import { freeParts } from './free-parts.ts';

const segment = (slot: number, fromMs: number, toMs: number): SlotSegment => ({ slot, fromMs, toMs, use: 'useful', run: 'e@a', runs: 1, isMoved: false });
const lane = (id: string, segments: readonly SlotSegment[], more: Partial<TimelineLane> = {}): TimelineLane =>
  ({ id, cluster: 'c', slots: 4, startedAtMs: 0, helloAtMs: 0, endedAtMs: null, drainedAtMs: null, marks: [], segments, ...more }) as TimelineLane;
const partsOf = (lanes: readonly TimelineLane[]) => Object.fromEntries([...freeParts(lanes, { fromMs: 0, toMs: 100 }, 10)].map(([id, stretches]) => [id, stretches.map(({ part, fromMs, toMs }) => [part, fromMs, toMs])]));

test('what one full node could hold is fragmented on the others, and what is free on the node that is needed is quantisation', () => {
  const two = lane('fuller', [segment(0, 0, 100), segment(1, 0, 100)]);
  expect(partsOf([lane('emptier', [segment(0, 0, 100)]), two])).toEqual({ fuller: [['quantisation', 0, 100]], emptier: [['fragmentation', 0, 100]] });
});

test('a node starts up before its hello, is closing once it takes no new runs, and idle while no node of its cluster works', () => {
  expect(partsOf([lane('a', [segment(0, 20, 50)], { helloAtMs: 20, drainedAtMs: 80, endedAtMs: 90 })])).toEqual({ a: [['startUp', 0, 20], ['quantisation', 20, 50], ['idle', 50, 80], ['closing', 80, 90]] });
});

test('nodes of another cluster are not asked to take runs', () => {
  expect(partsOf([lane('a', [segment(0, 0, 100)]), lane('b', [segment(0, 0, 100)], { cluster: 'd' })])).toEqual({ a: [['quantisation', 0, 100]], b: [['quantisation', 0, 100]] });
});
