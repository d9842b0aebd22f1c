import { expect, test } from 'vitest';
import { planTick } from './plan-tick.ts';
import { builtAtMs, type RunTraits, world } from './snapshot-builder.ts';

const minute = 60_000;
const hour = 60 * minute;

function expiring(leftMs: number, traits: RunTraits, walltimeMs = 24 * hour) {
  const snapshot = world()
    .cluster('c', { walltimeMs, consolidation: 'off' })
    .node('n1', ['r', 'other', 'another', 'last'], { deadlineMs: builtAtMs + leftMs }, traits)
    .snapshot();
  return planTick(snapshot, builtAtMs);
}

test('runs that will outlive their node ask for another one so early that it comes in time', () => {
  expect(expiring(140_000, { checkpoint: { kind: 'assumed' } }).requests).toMatchObject([{ cluster: 'c', count: 1 }]);
});

test('before that they ask for nothing, and the plan says when they will', () => {
  expect(expiring(5 * minute, { checkpoint: { kind: 'assumed' } })).toMatchObject({
    requests: [],
    wakeAtMs: builtAtMs + 5 * minute - 150_000,
  });
});

test('on a short walltime only its last part counts as near the end', () => {
  expect(expiring(50_000, { checkpoint: { kind: 'assumed' } }, minute).requests).toEqual([]);
});

test('a run that cannot resume, and one that is known to end in time, ask for nothing', () => {
  expect(expiring(80_000, { checkpoint: { kind: 'none' } }).requests).toEqual([]);
  expect(expiring(80_000, { checkpoint: { kind: 'assumed' }, timeMs: hour + minute }).requests).toEqual([]);
});

test('free slots of other nodes are used before a further node is requested', () => {
  const snapshot = world()
    .cluster('c', { walltimeMs: 24 * hour, consolidation: 'off' })
    .node('n1', ['r', null], { deadlineMs: builtAtMs + 2 * minute }, { checkpoint: { kind: 'assumed' } })
    .node('n2', ['a', null], { deadlineMs: builtAtMs + 20 * hour })
    .snapshot();
  expect(planTick(snapshot, builtAtMs).requests).toEqual([]);
});

test('the node that came for them is kept until they come, however long it is empty', () => {
  const snapshot = world()
    .cluster('c', { walltimeMs: 24 * hour, consolidation: 'off' })
    .node('n1', ['r', 'other'], { deadlineMs: builtAtMs + 2 * minute }, { checkpoint: { kind: 'assumed' } })
    .node('n2', [null, null, null, null], { deadlineMs: builtAtMs + 23 * hour, idleSinceMs: builtAtMs - hour })
    .snapshot();
  const plan = planTick(snapshot, builtAtMs);
  expect(plan).toMatchObject({ requests: [], releases: [] });
  expect(plan.verdicts).toContainEqual({
    subject: { kind: 'node', node: 'n2' },
    code: 'NODE_AWAITS_RUNS',
    sentence: 'node n2 is empty and kept for runs of nodes that end soon or are silent',
  });
});
