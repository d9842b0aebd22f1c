import { describe, expect, test } from 'vitest';
import type { PlanMemory } from '../model/plan.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { clusterExplanations } from './explanation.ts';
import { explainCluster } from './explain-cluster.ts';
import { builtAtMs, type ClusterTraits, type RunTraits, type SnapshotBuilder, world } from './snapshot-builder.ts';

const minute = 60_000;
const hour = 60 * minute;
const assumed: RunTraits = { checkpoint: { kind: 'assumed' } };
const none: RunTraits = { checkpoint: { kind: 'none' } };
const paid: PlanMemory = { surplusSince: {}, surplusNodes: { c: { costNodeMs: hour, nodes: 1, atMs: builtAtMs } } };

const two = (own: RunTraits = assumed, traits: ClusterTraits = {}) =>
  world()
    .cluster('c', { maxAllocations: 2, ...traits })
    .node('n1', ['r', null, null, null], {}, own)
    .node('n2', ['a', null, null, null], {}, none);
const stopping = { stop: { cause: 'consolidation' as const, requestedAtMs: builtAtMs, graceMs: 1_000 } };
const execution = {
  node: 'n1',
  nonce: 'nonce-n1',
  slots: [0],
  placedAtMs: builtAtMs - hour,
  startedAtMs: builtAtMs - hour,
  pid: 1,
  stop: null,
};

/** For each code a world in which it is the answer, and what is said behind the size of the cluster. */
const cases: Readonly<Record<keyof typeof clusterExplanations, readonly [SnapshotBuilder | Snapshot, string, PlanMemory?]>> = {
  CLUSTER_HELD: [world().cluster('c').held('c', 'three submissions failed'), 'it takes no requests: three submissions failed'],
  BUDGET_SPENT: [world().cluster('c').spent('c'), 'its budget is spent'],
  REQUESTS_NODES: [world().cluster('c').ready('w'), 'it requests 1 node now: 1 waiting run would use 1 node of 4 slots'],
  WAITS_FOR_NODES: [world().cluster('c').pending('p1', { waitingFor: 'Priority' }).ready('w'), '1 node is on the way; it says Priority'],
  MOVES_RUNS: [two(), 'n1 is emptied now: e@r moves to other nodes', paid],
  MAX_ALLOCATIONS: [
    world().cluster('c', { maxAllocations: 1 }).node('n1', ['a']).ready('w'),
    '1 run like e@w: all slots of c are taken or spoken for, pending nodes included, and it may have no more than 1 allocations',
  ],
  WAITING_FOR_SATURATION: [
    world()
      .cluster('c', { scalingPolicy: { kind: 'minimize_jobs' } })
      .node('n1', ['a', 'a2', 'a3', 'a4'])
      .ready('w'),
    'the runs left over would fill 25 % of a further node of c; by its scaling policy they wait for slots that free',
  ],
  FEWER_NODES_SUFFICE: [
    world()
      .cluster('c')
      .node('n1', ['a', 'b', 'c', 'd'], {}, { timeMs: 9 * hour })
      .takes('b', hour + minute)
      .ready('w', { timeMs: hour }),
    'by the times that are known, its nodes are enough: with 1 further ones the work would not end sooner',
  ],
  TOO_LARGE_FOR_ANY_NODE: [
    world().cluster('c').ready('w', { slots: 9 }),
    '1 run like e@w: it needs more than a node of c has (9 slots of 4)',
  ],
  WALLTIME_TOO_SHORT: [
    world()
      .cluster('c', { walltimeMs: hour })
      .ready('w', { timeMs: 2 * hour }),
    '1 run like e@w: it needs 2 h in one piece, and a node of c lives for 1 h',
  ],
  MOVES_OFF: [two(assumed, { consolidation: 'off' }), 'consolidation is off in c'],
  MOVE_IN_PROGRESS: [two({ ...assumed, execution: { ...execution, ...stopping } }), 'n1 is being emptied'],
  SETTLING: [{ ...two().snapshot(), demandChangedAtMs: builtAtMs - 1_000 }, 'demand changed 1 s ago'],
  NOTHING_TO_EMPTY: [
    world().cluster('c').node('n1', ['a', null]),
    'its runs need the node that has them, and no run waits that could start there',
  ],
  NO_MOVABLE_NODE: [two(none), '1 of 2 nodes of c could be empty, but no move of theirs is allowed, has room and saves anything'],
  SURPLUS_TOO_YOUNG: [two(), 'emptying n1 is worth it when the surplus has cost 5 s; it cost 0 ms so far'],
  CHECKPOINT_SOON: [
    {
      ...two({ checkpoint: { kind: 'every', everyMs: 10 * minute } }).snapshot(),
      observation: () => ({
        attempt: 1,
        progress: null,
        progressText: null,
        checkpointAtMs: builtAtMs - 8 * minute,
        fileChangedAtMs: null,
      }),
    },
    'n1 is emptied when its runs have saved themselves, in 2 min 1 s',
  ],
  NODES_EMPTY: [world().cluster('c').node('n1', [null, null]), 'its nodes have no runs, and no run waits that could start there'],
  CLUSTER_IDLE: [
    world()
      .cluster('c')
      .cluster('d')
      .ready('w', { clusters: ['d'] }),
    'no run waits for it that could start there',
  ],
};

function why(built: SnapshotBuilder | Snapshot, memory?: PlanMemory) {
  return explainCluster('snapshot' in built ? built.snapshot() : built, 'c', builtAtMs, memory);
}

describe('explain a cluster', () => {
  test.each(Object.entries(cases))('%s', (code, [built, sentence, memory]) => {
    const explained = why(built, memory);
    expect(explained?.code).toBe(code);
    expect(explained?.sentence.split('; ').slice(1).join('; ')).toMatch(sentence);
  });

  test('begins with how far it may grow, and goes on with every reason there is', () => {
    const built = world().cluster('c', { maxAllocations: 3 }).node('n1', ['a']).pending('p1').ready('r').ready('huge', { slots: 9 });
    expect(why(built)).toMatchObject({
      code: 'WAITS_FOR_NODES',
      sentence:
        'c has 2 of at most 3 allocations, 1 of them pending; 1 node is on the way; 1 run like e@huge: it needs more than a node of c has (9 slots of 4)',
      numbers: { open: 2, pending: 1, left: 1 },
    });
  });

  test('that is not defined is none', () => {
    expect(why(world())).toBeNull();
  });
});
