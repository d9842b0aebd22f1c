import type { DispatchStretch, SlotSegment, TimelineLane } from '@juqueue/client';
import { expect, test } from 'vitest';
import { freeLanes, stretchesOf } from './free-parts.ts';

const segment = (slot: number, fromMs: number, toMs: number): SlotSegment => ({
  slot,
  fromMs,
  toMs,
  use: 'useful',
  run: 'e@a',
  runs: 1,
  isMoved: false,
});
const lane = (id: string, segments: readonly SlotSegment[], more: Partial<TimelineLane> = {}): TimelineLane =>
  ({
    id,
    cluster: 'c',
    slots: 4,
    startedAtMs: 0,
    helloAtMs: 0,
    endedAtMs: null,
    drainedAtMs: null,
    marks: [],
    segments,
    ...more,
  }) as TimelineLane;
const time = { fromMs: 0, toMs: 100 };
const partsOf = (lanes: readonly TimelineLane[], dispatch: readonly DispatchStretch[] = []) =>
  Object.fromEntries(
    [...freeLanes(lanes, dispatch, time, 10)].map(([id, of]) => [
      id,
      stretchesOf(of, time).map(({ part, fromMs, toMs }) => [part, fromMs, toMs]),
    ]),
  );

test('what one full node could hold is fragmented on the others, and what is free on the node that is needed is quantisation', () => {
  const two = lane('fuller', [segment(0, 0, 100), segment(1, 0, 100)]);
  expect(partsOf([lane('emptier', [segment(0, 0, 100)]), two])).toEqual({
    fuller: [['quantisation', 0, 100]],
    emptier: [['fragmentation', 0, 100]],
  });
});

test('a node starts up before its hello, is closing once it takes no new runs, and idle while no node of its cluster works', () => {
  expect(partsOf([lane('a', [segment(0, 20, 50)], { helloAtMs: 20, drainedAtMs: 80, endedAtMs: 90 })])).toEqual({
    a: [
      ['startUp', 0, 20],
      ['quantisation', 20, 50],
      ['idle', 50, 80],
      ['closing', 80, 90],
    ],
  });
});

test('nodes of another cluster are not asked to take runs', () => {
  expect(partsOf([lane('a', [segment(0, 0, 100)]), lane('b', [segment(0, 0, 100)], { cluster: 'd' })])).toEqual({
    a: [['quantisation', 0, 100]],
    b: [['quantisation', 0, 100]],
  });
});

test('what was free although a run waited that fits is dispatch, except on nodes that take no new runs', () => {
  const waited = { cluster: 'c', fromMs: 20, toMs: 60, share: 1 };
  expect(partsOf([lane('a', [segment(0, 0, 100)]), lane('b', [segment(0, 0, 100)], { drainedAtMs: 40 })], [waited])['a']).toEqual([
    ['fragmentation', 0, 20],
    ['dispatch', 20, 60],
    ['fragmentation', 60, 100],
  ]);
  expect(partsOf([lane('b', [], { drainedAtMs: 0 })], [waited])).toEqual({ b: [['closing', 0, 100]] });
});

test('moments of dispatch that are shorter than a point are shown as what they are together', () => {
  const waited = { cluster: 'c', fromMs: 0, toMs: 100, share: 0.2 };
  const dispatchMs = partsOf([lane('a', [segment(0, 0, 100)])], [waited])
    ['a']?.filter(([part]) => part === 'dispatch')
    .reduce((sum, [, fromMs, toMs]) => sum + Number(toMs) - Number(fromMs), 0);
  expect(dispatchMs).toBe(20);
});
