import { expect, test } from 'vitest';
import { openRoom } from './open-room.ts';
import { builtAtMs, world } from './snapshot-builder.ts';

const minute = 60_000;
const c = new Set(['c']);
/** Runs on built nodes have executed for an hour. */
const leftOf = (leftMs: number) => ({ timeMs: 60 * minute + leftMs });

test('free slots are those of nodes that serve, open ones those of nodes that may still be requested too', () => {
  const built = world()
    .cluster('c', { slots: 4, maxAllocations: 3 })
    .cluster('other')
    .node('n1', ['r1', null, null, 'r2'])
    .node('n2', [null, null, null, null], { drain: { reason: 'user', atMs: builtAtMs } })
    .node('n3', [null], { cluster: 'other' });
  expect(openRoom(built.snapshot(), c, builtAtMs)).toEqual({ freeSlots: 2, openSlots: 6, nextFree: null });
  expect(openRoom(built.held('c', 'maintenance').snapshot(), c, builtAtMs)).toEqual({ freeSlots: 0, openSlots: 0, nextFree: null });
});

test('a cluster whose budget is spent has no nodes that could be requested', () => {
  expect(
    openRoom(
      world().cluster('c', { slots: 4, maxAllocations: 3 }).node('n1', ['r1', null, null, 'r2']).spent('c').snapshot(),
      c,
      builtAtMs,
    ),
  ).toMatchObject({ freeSlots: 2, openSlots: 2 });
});

test('with no slot free the next one is that of the run that ends first, by what is known of it', () => {
  const built = world()
    .cluster('c', { slots: 2, maxAllocations: 2 })
    .node('n1', ['r1', 'r2'], {}, leftOf(6 * minute))
    .node('n2', ['r3', 'r4'], {}, leftOf(3 * minute));
  expect(openRoom(built.snapshot(), c, builtAtMs)).toEqual({
    freeSlots: 0,
    openSlots: 0,
    nextFree: { ms: 3 * minute, upperMs: 3 * minute, source: 'declared', by: null },
  });
});

test('nobody knows the next free slot when nothing is known of the runs, and when others that are ready would take it', () => {
  const full = (timeMs: number | null) => world().cluster('c', { slots: 2, maxAllocations: 1 }).node('n1', ['r1', 'r2'], {}, { timeMs });
  expect(openRoom(full(null).snapshot(), c, builtAtMs).nextFree).toBeNull();
  expect(openRoom(full(69 * minute).snapshot(), c, builtAtMs).nextFree).toMatchObject({ ms: 9 * minute });
  expect(
    openRoom(
      full(69 * minute)
        .ready('next')
        .snapshot(),
      c,
      builtAtMs,
    ).nextFree,
  ).toBeNull();
});

test('a run that was sent ahead takes the first slot that frees', () => {
  const sentAhead = { status: 'running', reason: 'running' } as const;
  const snapshot = (occupants: readonly string[]) =>
    world()
      .cluster('c', { slots: 2, maxAllocations: 1 })
      .node('n1', occupants, { ahead: ['e@next'] }, leftOf(9 * minute))
      .takes('r1', 61 * minute)
      .ready('next', sentAhead)
      .snapshot();
  expect(openRoom(snapshot(['r1', 'r2']), c, builtAtMs).nextFree).toMatchObject({ ms: 9 * minute });
  expect(openRoom(snapshot(['r1']), c, builtAtMs).nextFree).toBeNull();
});
