import { describe, expect, test } from 'vitest';
import type { CheckpointContract } from '../model/definition.ts';
import type { PlanMemory } from '../model/plan.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { nodeExplanations } from './explanation.ts';
import { explainNode } from './explain-node.ts';
import { builtAtMs, type NodeTraits, type RunTraits, type SnapshotBuilder, world } from './snapshot-builder.ts';

const minute = 60_000;
const hour = 60 * minute;
const assumed: RunTraits = { checkpoint: { kind: 'assumed' } };
const none: RunTraits = { checkpoint: { kind: 'none' } };
const every: CheckpointContract = { kind: 'every', everyMs: 10 * minute };
const paid: PlanMemory = { surplusSince: {}, surplusNodes: { c: { costNodeMs: hour, nodes: 1, atMs: builtAtMs } } };

/** Two nodes with one run each; the question is about n1. */
const two = (own: RunTraits = assumed, other: RunTraits = none) =>
  world().cluster('c').node('n1', ['r', null], {}, own).node('n2', ['a', null], {}, other);
const alone = (traits: NodeTraits = {}) => world().cluster('c').node('n1', ['r', null], traits);
const idle = (traits: NodeTraits = {}) =>
  world()
    .cluster('c')
    .node('n1', [null, null], { idleSinceMs: builtAtMs - 1_000, ...traits });
const ran = (agoMs: number, traits: object = {}): RunTraits => ({
  execution: {
    node: 'n1',
    nonce: 'nonce-n1',
    slots: [0],
    placedAtMs: builtAtMs - agoMs,
    startedAtMs: builtAtMs - agoMs,
    pid: 1,
    stop: null,
    ...traits,
  },
});
const moving = { cause: 'consolidation' as const, requestedAtMs: builtAtMs, graceMs: 1_000 };
const savedAgo = (built: SnapshotBuilder, agoMs: number): Snapshot => ({
  ...built.snapshot(),
  observation: () => ({ attempt: 1, progress: null, progressText: null, checkpointAtMs: builtAtMs - agoMs, fileChangedAtMs: null }),
});
const settling = (built: SnapshotBuilder): Snapshot => ({ ...built.snapshot(), demandChangedAtMs: builtAtMs - 1_000 });

/** For each code a world in which it is the answer, and what is said; with a surplus that has paid for any move where one is needed. */
const cases: Readonly<Record<keyof typeof nodeExplanations, readonly [SnapshotBuilder | Snapshot, string, PlanMemory?]>> = {
  NODE_UNLINKED: [alone({ status: 'unlinked' }), 'n1 is unlinked: its runs go on, and nothing is placed there'],
  NODE_SILENT: [alone({ status: 'silent' }), 'n1 is silent: nothing is placed there, and its runs go on elsewhere once it is proven gone'],
  NODE_GONE: [alone({ status: 'gone' }), 'n1 is gone'],
  NODE_PENDING: [world().cluster('c').pending('n1', { waitingFor: 'Priority' }), 'n1 is not a node yet: the cluster says Priority'],
  ALLOCATION_ENDED: [
    world().cluster('c').pending('n1', { status: 'ended', waitingFor: 'Invalid account' }),
    'n1 has ended without ever being a node: Invalid account',
  ],
  RELEASED: [idle({ idleSinceMs: builtAtMs - minute }), 'n1 is given back now: empty for 1 min'],
  RELEASE_REQUESTED: [idle({ drain: { reason: 'release', atMs: builtAtMs } }), 'n1 was given back; c has not said yet that it has ended'],
  NODE_GETS_RUNS: [idle().ready('w'), '1 run starts on n1 now'],
  NODE_KEPT_WARM: [idle().ready('later', { reason: 'blocked' }), 'node n1 is empty and kept for 29 s more, in case that work follows'],
  NODE_AWAITS_RUNS: [
    idle().node('n2', ['s'], { status: 'silent' }),
    'node n1 is empty and kept for runs of nodes that end soon or are silent',
  ],
  EMPTIED: [two(), 'n1 is emptied now: e@r moves to other nodes', paid],
  EMPTYING: [two({ ...assumed, ...ran(hour, { stop: moving }) }), 'n1 is being emptied: e@r saves itself to go on elsewhere'],
  NODE_DRAINING: [
    alone({ drain: { reason: 'bad-node', atMs: 0 } }),
    'n1 takes no new runs (bad-node); it is given back when its 1 run has ended',
  ],
  NODE_NEEDED: [alone(), 'n1 is kept: it has 1 run, and it is the only node of c with runs'],
  MOVES_OFF: [two().cluster('c', { consolidation: 'off' }), 'n1 is kept: consolidation is off in c'],
  NOT_EXECUTING: [two({ ...assumed, ...ran(0, { startedAtMs: null }) }), 'n1 is kept: e@r has not begun yet'],
  STOPPING: [two({ ...assumed, ...ran(hour, { stop: { ...moving, cause: 'user' } }) }), 'n1 is kept: e@r is stopping already (user)'],
  NOT_RESUMABLE: [two({}), 'n1 is kept: e@r neither declared nor showed a checkpoint and runs for 1 h'],
  REFUSED_TO_SAVE: [two({ ...assumed, hasRefusedToSave: true }), 'n1 is kept: e@r did not save itself when it was asked to'],
  MOVED_OFTEN: [two({ ...assumed, movesByConsolidation: 3 }), 'n1 is kept: e@r was moved 3 times already'],
  COOLING_DOWN: [two({ ...assumed, movesByConsolidation: 1, lastMovedAtMs: builtAtMs - minute }), 'n1 is kept: e@r was moved 1 min ago'],
  NO_ROOM_ELSEWHERE: [
    world()
      .cluster('c')
      .node('n1', ['r', 'r', 'r', null], {}, assumed)
      .node('n2', ['a', 'a', null, null], {}, none)
      .node('n3', ['b', 'b', null, null], {}, none),
    'n1 is kept: the other nodes have no room for its 1 run',
  ],
  MOVE_COSTS_MORE: [
    two({ ...assumed, ...ran(5 * hour), timeMs: 5 * hour + minute }, { ...none, timeMs: hour + minute }),
    'n1 is kept: e@r could move to n2, and that would cost 5.0 node-hours more than it saves',
  ],
  RESTART_TOO_DEAR: [
    two({ ...ran(9 * minute) }),
    'n1 is kept: e@r could move to n2, but would start from zero and do 10 min again, which is not small against what the nodes cost so far',
  ],
  MOVE_IN_PROGRESS: [
    two(assumed, assumed).node('n3', ['b', null], {}, { ...assumed, ...ran(hour, { node: 'n3', stop: moving }) }),
    'n1 is kept: e@r could move to n2, and what that saves is not known; n3 is being emptied',
  ],
  RUNS_WAIT: [two().ready('big', { slots: 4 }), 'n1 is kept: runs wait that can fill the gaps in c'],
  SETTLING: [
    settling(two({ ...assumed, timeMs: 3 * hour }, { ...none, timeMs: 3 * hour })),
    'n1 is kept: e@r could move to n2, and that would save 1.0 node-hours; demand changed 1 s ago',
  ],
  CHECKPOINT_SOON: [
    savedAgo(two({ checkpoint: every }), 8 * minute),
    'n1 is kept: e@r could move to n2, and what that saves is not known; n1 is emptied when its runs have saved themselves, in 2 min 1 s',
    paid,
  ],
  SURPLUS_TOO_YOUNG: [
    two(),
    'n1 is kept: e@r could move to n2, and what that saves is not known; emptying n1 is worth it when the surplus has cost 5 s; it cost 0 ms so far',
  ],
};

function why(built: SnapshotBuilder | Snapshot, memory?: PlanMemory) {
  return explainNode('snapshot' in built ? built.snapshot() : built, 'n1', builtAtMs, memory);
}

describe('explain a node', () => {
  test.each(Object.entries(cases))('%s', (code, [built, sentence, memory]) => {
    expect(why(built, memory)).toMatchObject({ code, sentence });
  });

  test('names what its run would save elsewhere when that may not move and its time is known', () => {
    const built = world()
      .cluster('c')
      .node('n2', ['a', null], {}, { ...none, timeMs: 9 * hour })
      .node('n1', ['r9', null], {}, { timeMs: 3 * hour });
    expect(why(built)).toMatchObject({
      code: 'NOT_RESUMABLE',
      sentence: 'n1 is kept: e@r9 neither declared nor showed a checkpoint and runs for 1 h; going on at n2 it would save 2.0 node-hours',
      numbers: { savingMs: 2 * hour },
    });
  });

  test('whose slots the other nodes have none for is needed, whatever its runs allow', () => {
    const built = world().cluster('c', { slots: 2 }).node('n1', ['r', 'r2'], {}, none).node('n2', ['a', null], {}, none);
    expect(why(built)).toMatchObject({
      code: 'NODE_NEEDED',
      sentence: 'n1 is kept: it has 2 runs, and the runs of c, those that wait included, need all of its 2 nodes',
    });
  });

  test('that does not exist is none', () => {
    expect(why(world().cluster('c'))).toBeNull();
  });
});
