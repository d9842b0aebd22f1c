import type { Load, SlotSegment, TimelineLane } from '@juqueue/client';
import { expect, test } from 'vitest';
import { freeLanes } from './free-parts.ts';
import { causeOf, mostFree } from './most-free.ts';

const range = { fromMs: 0, toMs: 100_000 };
const segment = (slot: number, fromMs: number, toMs: number, run = 'sweep@a'): SlotSegment => ({
  slot,
  fromMs,
  toMs,
  use: 'useful',
  run,
  runs: 1,
  isMoved: false,
});
const lane = (id: string, segments: readonly SlotSegment[], more: Partial<TimelineLane> = {}): TimelineLane =>
  ({
    id,
    cluster: 'c',
    slots: 2,
    startedAtMs: 0,
    helloAtMs: 0,
    endedAtMs: null,
    drainedAtMs: null,
    marks: [],
    segments,
    ...more,
  }) as TimelineLane;
const waiting = (ready: number): Load => ({
  ...range,
  bucketMs: 100_000,
  points: [{ fromMs: 0, ready, running: 0, busySlots: 0, slots: 0 }],
});
const found = (lanes: readonly TimelineLane[], load: Load | null = null) =>
  mostFree(lanes, freeLanes(lanes, [], range, 10), load, range, 10);

test('the tail of an experiment on two nodes is told with its time, its cost and its cause', () => {
  const lanes = [lane('a', [segment(0, 0, 100_000), segment(1, 0, 40_000)]), lane('b', [segment(0, 0, 100_000), segment(1, 0, 40_000)])];
  const most = found(lanes, waiting(0));
  expect(most).toMatchObject({ fromMs: 40_000, toMs: 100_000, nodeSeconds: 60, part: 'fragmentation', experiments: ['sweep'] });
  expect(most === null ? null : causeOf(most)).toBe('the tail of sweep: few runs were spread over several nodes');
});

test('while runs wait it is nobody’s tail', () => {
  const most = found([lane('a', [segment(0, 0, 100_000)])], waiting(3));
  expect(most === null ? null : causeOf(most)).toBe('the last node was only partly filled');
});

test('of two stretches the one that cost more is told', () => {
  expect(found([lane('a', [segment(0, 10_000, 60_000), segment(1, 10_000, 60_000)])])).toMatchObject({
    fromMs: 60_000,
    toMs: 100_000,
    nodeSeconds: 40,
    part: 'idle',
  });
});

test('starting nodes, full ones, and less than a quarter of the slots are nothing to tell', () => {
  expect(found([lane('a', [], { helloAtMs: null })])).toBeNull();
  expect(
    found([
      lane(
        'a',
        [0, 1, 2, 3].map((slot) => segment(slot, 0, 100_000)),
        { slots: 5 },
      ),
    ]),
  ).toBeNull();
});
