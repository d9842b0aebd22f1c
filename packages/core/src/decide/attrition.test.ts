import { describe, expect, test } from 'vitest';
import type { Plan } from '../model/plan.ts';
import { checkPlan } from './check-plan.ts';
import { planTick } from './plan-tick.ts';
import { builtAtMs, type SnapshotBuilder, world } from './snapshot-builder.ts';

const hour = 3_600_000;
const drained = { drain: { reason: 'consolidation' as const, atMs: builtAtMs } };

function decide(built: SnapshotBuilder): Plan {
  const snapshot = built.snapshot();
  const plan = planTick(snapshot, builtAtMs);
  expect(checkPlan(snapshot, plan, builtAtMs)).toEqual([]);
  return plan;
}

/** Where each new run goes. */
function nodesOf(built: SnapshotBuilder): Readonly<Record<string, string>> {
  return Object.fromEntries(decide(built).placements.map(({ run, node }) => [run.slice(2), node]));
}

describe('a node that should empty gets no new runs', () => {
  test('while fuller ones have room: the emptiest of them ends by itself, without a move', () => {
    const built = world()
      .cluster('c', { consolidation: 'off' })
      .node('few', ['a', null, null, null])
      .node('most', ['b', 'b2', 'b3', null])
      .node('half', ['d', 'd2', null, null]);
    for (const name of ['r1', 'r2', 'r3']) built.ready(name);
    expect(nodesOf(built)).toEqual({ r1: 'most', r2: 'half', r3: 'half' });
  });

  test('nor a run that is tried again, though it ran there before', () => {
    const built = world()
      .cluster('c')
      .node('few', ['a', null, null, null])
      .node('most', ['b', 'b2', 'b3', null])
      .ready('again', { reason: 'queued', attempt: 1, retriesUsed: 1 });
    expect(nodesOf(built)).toEqual({ again: 'most' });
  });

  test('once it is drained, however full it still is, as long as another node has a slot', () => {
    const plan = decide(world().cluster('c').node('n1', ['a', 'a2', 'a3', null], drained).node('n2', ['b', null, null, null]).ready('r'));
    expect(plan).toMatchObject({ placements: [{ run: 'e@r', node: 'n2' }], undrains: [], requests: [] });
  });

  test('and is given back as soon as its last run has ended, without the wait for further work', () => {
    const plan = decide(
      world().cluster('c').node('n1', [null, null], drained).node('n2', ['b', null]).ready('later', { reason: 'blocked' }),
    );
    expect(plan.releases).toMatchObject([{ node: 'n1', because: 'empty and draining (consolidation)' }]);
  });
});

describe('runs that end together are placed together', () => {
  const twoNodes = () =>
    world()
      .cluster('c', { consolidation: 'off' })
      .node('short', ['a', 'a2', null, null], {}, { timeMs: 3 * hour })
      .node('long', ['b', 'b2', null, null], {}, { timeMs: 10 * hour });

  test('of two nodes that are equally full a short run takes that which ends soon, a long one that which ends as late', () => {
    expect(nodesOf(twoNodes().ready('lengthy', { timeMs: 8 * hour }))).toEqual({ lengthy: 'long' });
    expect(nodesOf(twoNodes().ready('brief', { timeMs: hour }))).toEqual({ brief: 'short' });
  });

  test('a long run goes to an emptier node that stays up until then anyway, rather than to keep a fuller one for it', () => {
    const built = world()
      .cluster('c', { consolidation: 'off' })
      .node('full', ['a', 'a2', 'a3', null], {}, { timeMs: 2 * hour })
      .node('long', ['b', null, null, null], {}, { timeMs: 10 * hour });
    expect(nodesOf(built.ready('lengthy', { timeMs: 8 * hour }))).toEqual({ lengthy: 'long' });
  });

  test('learned times group runs as declared ones do', () => {
    const built = world()
      .cluster('c', { consolidation: 'off' })
      .node('full', ['a', 'a2', 'a3', null], {}, { learnedMs: 2 * hour })
      .node('long', ['b', null, null, null], {}, { learnedMs: 10 * hour });
    expect(nodesOf(built.ready('lengthy', { learnedMs: 8 * hour }))).toEqual({ lengthy: 'long' });
  });
});
