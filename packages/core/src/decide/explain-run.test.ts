import { describe, expect, test } from 'vitest';
import type { Snapshot } from '../model/snapshot.ts';
import type { runExplanations } from './explanation.ts';
import { explainRun } from './explain-run.ts';
import { builtAtMs, type RunTraits, type SnapshotBuilder, world } from './snapshot-builder.ts';

const minute = 60_000;
const hour = 60 * minute;
const one = (traits: RunTraits = {}) =>
  world()
    .cluster('c', { maxAllocations: 1 })
    .node('n1', ['a', null], {}, { timeMs: 9 * hour })
    .ready('r', traits);
const full = () =>
  world()
    .cluster('c', { maxAllocations: 1 })
    .node('n1', ['a'], {}, { timeMs: 9 * hour });
const started = (traits: object) => ({
  execution: {
    node: 'n1',
    nonce: 'nonce-n1',
    slots: [0],
    placedAtMs: builtAtMs - 5_000,
    startedAtMs: builtAtMs - hour,
    pid: 1,
    stop: null,
    ...traits,
  },
});
const on = (traits: RunTraits) => world().cluster('c').node('n1', ['r'], {}, traits);

/** For each code a world in which it is the answer, and what is said. */
const cases: Readonly<Record<keyof typeof runExplanations, readonly [SnapshotBuilder | Snapshot, string | RegExp]>> = {
  STARTS_NOW: [one(), 'e@r starts on n1 now'],
  SENT_AHEAD: [full().ready('r', { timeMs: 20 }), 'e@r goes to n1 now and waits there for the next free slot'],
  NODE_REOPENED: [
    world()
      .cluster('c')
      .node('n1', ['a', null], { drain: { reason: 'consolidation', atMs: 0 } })
      .ready('r'),
    'e@r starts on n1, which was being emptied and is opened again for it',
  ],
  WAITS_FOR_NODE: [
    world().cluster('c').pending('p', { waitingFor: 'Priority' }).ready('r'),
    'e@r waits for a slot: 1 node of c is on the way; the cluster says Priority',
  ],
  WAITING_FOR_SATURATION: [
    world()
      .cluster('c', { scalingPolicy: { kind: 'minimize_jobs' } })
      .node('n1', ['a', 'a2', 'a3', 'a4'])
      .ready('r'),
    /^e@r: the runs left over would fill 25 % of a further node of c/,
  ],
  FEWER_NODES_SUFFICE: [
    world()
      .cluster('c')
      .node('n1', ['a', 'b', 'c', 'd'], {}, { timeMs: 9 * hour })
      .takes('b', hour + minute)
      .ready('r', { timeMs: hour }),
    'e@r waits for a slot that becomes free: by the times that are known, further nodes of c would not end the work sooner',
  ],
  SLOTS_KEPT_FOR_IT: [one({ slots: 2 }), 'e@r waits for room on n1, where 1 slot of the 2 that it needs is free and kept for it'],
  SLOTS_KEPT_FOR_ANOTHER: [
    one().ready('big', { slots: 2, priority: 1 }),
    'e@r waits: 1 free slot of n1 is kept for e@big, which comes first and needs more',
  ],
  NODES_END_TOO_SOON: [
    world()
      .cluster('c', { maxAllocations: 1, walltimeMs: 24 * hour })
      .node('n1', ['a', null], { deadlineMs: builtAtMs + 5 * minute })
      .ready('r', { timeMs: 2 * hour }),
    /^e@r: n1 has 1 free slot, but ends in 5 min, and it needs 2 h; /,
  ],
  RESOURCES_TAKEN: [
    world()
      .cluster('c', { maxAllocations: 1, slots: 2, nodeResources: { slots: 2, gpus: 1 } })
      .node('n1', ['a', null], { resources: { slots: 2, gpus: 1 } }, { resources: { slots: 1, gpus: 1 } })
      .ready('r', { resources: { slots: 1, gpus: 1 } }),
    'e@r waits for room on n1, which is kept for it: it has 1 free slot, but only 0 of the 1 gpus that it needs',
  ],
  MAX_ALLOCATIONS: [
    full().ready('r'),
    'e@r: all slots of c are taken or spoken for, pending nodes included, and it may have no more than 1 allocations',
  ],
  CLUSTER_HELD: [
    world().cluster('c').held('c', 'three submissions failed').ready('r'),
    'e@r: cluster c takes no requests: three submissions failed',
  ],
  BUDGET_SPENT: [world().cluster('c').spent('c').ready('r'), 'e@r: its budget is spent'],
  WALLTIME_TOO_SHORT: [
    world()
      .cluster('c', { walltimeMs: hour })
      .ready('r', { timeMs: 2 * hour }),
    'e@r: it needs 2 h in one piece, and a node of c lives for 1 h',
  ],
  TOO_LARGE_FOR_ANY_NODE: [world().cluster('c').ready('r', { slots: 9 }), 'e@r: it needs more than a node of c has (9 slots of 4)'],
  CLUSTER_UNKNOWN: [
    world()
      .cluster('c')
      .ready('r', { clusters: ['gone'] }),
    'e@r: cluster gone is not defined',
  ],
  IMAGE_NOT_READY: [
    { ...world().cluster('c').ready('r').snapshot(), images: { waitFor: () => 'it is being pulled' } },
    /^e@r waits for its image .*: it is being pulled$/,
  ],
  RETRY_DELAY: [
    world()
      .cluster('c')
      .ready('r', { reason: 'retry-delay', eligibleAtMs: builtAtMs + 5_000 }),
    'e@r is tried again in 5 s',
  ],
  BLOCKED: [world().cluster('c').ready('r', { reason: 'blocked', detail: 'waits for e@a' }), 'e@r may not start yet: waits for e@a'],
  HELD: [
    world().cluster('c').ready('r', { reason: 'held', detail: '23 of 25 runs failed' }),
    'e@r may not start yet: 23 of 25 runs failed',
  ],
  BUDGET: [
    world().cluster('c').ready('r', { reason: 'budget', detail: 'e has spent its 5 node-hours' }),
    'e@r may not start yet: e has spent its 5 node-hours',
  ],
  FITS_NOWHERE: [
    world().cluster('c').ready('r', { reason: 'fits-nowhere', detail: 'no node has 9 slots' }),
    'e@r may not start yet: no node has 9 slots',
  ],
  STARTING: [on(started({ startedAtMs: null })), 'e@r is on n1; its start was sent 5 s ago'],
  EXECUTING: [on({ timeMs: 3 * hour }), 'e@r is on n1; it is expected to end in 2 h (declared)'],
  STOPPING: [
    on({ reason: 'stopping', ...started({ stop: { cause: 'consolidation', requestedAtMs: builtAtMs - 2_000, graceMs: 30_000 } }) }),
    'e@r is on n1 and was asked to stop (consolidation) 2 s ago; it has 30 s for it',
  ],
  NODE_SILENT: [
    on({ reason: 'node-silent' }),
    'e@r is on n1, of which nothing is heard; it goes on elsewhere once that node is proven gone',
  ],
};

const why = (built: SnapshotBuilder | Snapshot) => explainRun('snapshot' in built ? built.snapshot() : built, 'e@r', builtAtMs);

describe('explain a run', () => {
  test.each(Object.entries(cases))('%s', (code, [built, sentence]) => {
    expect(why(built)).toMatchObject({ code, sentence: typeof sentence === 'string' ? sentence : expect.stringMatching(sentence) });
  });

  test('that nobody asked for, or that has ended, by its status and reason', () => {
    const ended = (traits: RunTraits) => why(world().cluster('c').ready('r', traits));
    expect(ended({ status: 'inactive', reason: 'user-cancelled' })).toMatchObject({
      code: 'INACTIVE_USER_CANCELLED',
      sentence: 'e@r is inactive (user-cancelled)',
    });
    expect(ended({ status: 'failed', reason: 'exit', detail: 'exited with code 1' })).toMatchObject({
      code: 'FAILED_EXIT',
      sentence: 'e@r is failed (exit): exited with code 1',
    });
  });

  test('carries the source of what it expects', () => {
    expect(why(on({ learnedMs: 3 * hour }))?.sentence).toContain('(learned)');
    const progress = { attempt: 1, progress: 0.5, progressText: null, checkpointAtMs: null, fileChangedAtMs: null };
    expect(why({ ...on({}).snapshot(), observation: () => progress })).toMatchObject({
      sentence: 'e@r is on n1; it is expected to end in 1 h (progress)',
      numbers: { leftMs: hour },
    });
    expect(why(on({}))?.sentence).toBe('e@r is on n1; its end is not known');
  });

  test('whose node is requested now waits for that one, and an attempt that was sent ahead for a slot', () => {
    expect(why(world().cluster('c').ready('r'))).toMatchObject({
      code: 'WAITS_FOR_NODE',
      sentence: 'e@r waits for a slot: 1 node of c is on the way',
      numbers: { pendingNodes: 1 },
    });
    expect(why(on(started({ slots: [], startedAtMs: null })))).toMatchObject({
      code: 'SENT_AHEAD',
      sentence: 'e@r is on n1 and waits there for a free slot',
    });
  });

  test('for which the pending node has no slot left does not wait for it', () => {
    const built = world().cluster('c', { maxAllocations: 1, slots: 1 }).pending('p').ready('other', { priority: 1 }).ready('r');
    expect(why(built)).toMatchObject({ code: 'MAX_ALLOCATIONS' });
  });

  test('that lacks something beside slots is told so, also when the node is kept for nobody', () => {
    const gpu = { slots: 1, gpus: 1 };
    const built = world().cluster('c', { maxAllocations: 2, slots: 2, nodeResources: { slots: 2, gpus: 1 } });
    for (const id of ['n1', 'n2']) built.node(id, [`a${id}`, null], { resources: { slots: 2, gpus: 1 } }, { resources: gpu });
    expect(why(built.ready('first', { resources: gpu }).ready('r', { resources: gpu }))).toMatchObject({
      code: 'RESOURCES_TAKEN',
      sentence: expect.stringMatching(/^e@r: n[12] has 1 free slot, but only 0 of the 1 gpus that it needs; all slots of c/),
    });
  });

  test('that does not exist is none', () => {
    expect(why(world().cluster('c'))).toBeNull();
  });
});
