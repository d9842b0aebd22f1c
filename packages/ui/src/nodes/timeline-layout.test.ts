import type { TimelineLane } from '@juqueue/client';
import { expect, test } from 'vitest';
import { laneAt, layOut, utilisation } from './timeline-layout.ts';

const nothing = {
  useful: 0,
  open: 0,
  redone: 0,
  failed: 0,
  startUp: 0,
  dispatch: 0,
  closing: 0,
  quantisation: 0,
  fragmentation: 0,
  idle: 0,
};

function lane(id: string, changes: Partial<TimelineLane> = {}): TimelineLane {
  return {
    id,
    cluster: 'c',
    jobId: null,
    host: null,
    status: 'running',
    slots: 2,
    requestedAtMs: 0,
    startedAtMs: 0,
    helloAtMs: 0,
    endedAtMs: 1_000,
    drainReason: null,
    drainedAtMs: null,
    marks: [],
    segments: [],
    billedSlotMs: 2_000,
    partsSlotMs: nothing,
    ...changes,
  };
}

test('each slot of each node has its row, and a pointer finds it', () => {
  const layout = layOut([lane('a'), lane('b')]);
  const [, second] = layout.lanes;
  expect(laneAt(layout, (second?.topPx ?? 0) + (second?.slotPx ?? 0))).toMatchObject({ lane: { id: 'b' }, slot: 1 });
  expect(laneAt(layout, 3)).toBeNull();
});

test('many slots are drawn thin, so that two hundred nodes are a picture', () => {
  expect(layOut(Array.from({ length: 200 }, (_, index) => lane(String(index), { slots: 4 }))).heightPx).toBeLessThan(2_500);
});

test('utilisation is what executed among what was paid for', () => {
  const half = lane('a', { segments: [{ slot: 0, fromMs: 0, toMs: 500, use: 'useful', run: 'x@a', runs: 1, isMoved: false }] });
  expect(utilisation([half], 0, 1_000, 2)).toEqual([
    { paid: 2, busy: 1 },
    { paid: 2, busy: 0 },
  ]);
  expect(utilisation([lane('b', { startedAtMs: 500, endedAtMs: null })], 0, 1_000, 2)).toEqual([
    { paid: 0, busy: 0 },
    { paid: 2, busy: 0 },
  ]);
});
