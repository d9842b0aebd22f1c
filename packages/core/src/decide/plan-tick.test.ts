import { describe, expect, test } from 'vitest';
import type { Plan } from '../model/plan.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { checkPlan } from './check-plan.ts';
import { describePlan } from './describe-plan.ts';
import { planTick } from './plan-tick.ts';
import { builtAtMs, world } from './snapshot-builder.ts';

function plan(snapshot: Snapshot, nowMs = builtAtMs): Plan {
  const planned = planTick(snapshot, nowMs);
  expect(checkPlan(snapshot, planned, nowMs)).toEqual([]);
  return planned;
}

function places(planned: Plan): string[] {
  return planned.placements.map(({ run, node, slots }) => `${run.slice(2)} on ${node}[${slots.join(',')}]`);
}

function codes(planned: Plan): string[] {
  return planned.verdicts.map((verdict) => verdict.code);
}

describe('placement', () => {
  test('the fullest node that fits is filled first, and its lowest free slot', () => {
    const planned = plan(
      world().cluster('c').node('n1', [null, null, null, null]).node('n2', ['a', null, 'b', null]).ready('r').snapshot(),
    );
    expect(places(planned)).toEqual(['r on n2[1]']);
  });

  test('higher priority goes first, then the older experiment, then the longer time, then the id', () => {
    const snapshot = world()
      .cluster('c')
      .node('n1', [null, null, null, null])
      .ready('young', { experimentOrder: 2 })
      .ready('short', { timeMs: 10 })
      .ready('long', { timeMs: 20_000_000 })
      .ready('b')
      .ready('urgent', { priority: 1, experimentOrder: 3 })
      .snapshot();
    expect(places(plan(snapshot))).toEqual(['urgent on n1[0]', 'b on n1[1]', 'long on n1[2]', 'short on n1[3]']);
  });

  test('among equally full nodes the one that must stay up longest anyway is taken', () => {
    const snapshot = world()
      .cluster('c')
      .node('n1', ['a', null], {}, { timeMs: 4_000_000 })
      .node('n2', ['b', null], {}, { timeMs: 9_000_000 })
      .ready('r')
      .snapshot();
    expect(places(plan(snapshot))).toEqual(['r on n2[1]']);
  });

  test('a run of several slots takes them on one node, and smaller runs fill what it leaves', () => {
    const snapshot = world()
      .cluster('c')
      .node('n1', ['a', null, null, null])
      .ready('big', { slots: 2, priority: 1 })
      .ready('small')
      .ready('small2')
      .snapshot();
    const planned = plan(snapshot);
    expect(places(planned)).toEqual(['big on n1[1,2]', 'small on n1[3]']);
    expect(planned.requests).toMatchObject([{ cluster: 'c', count: 1 }]);
  });

  test.each([
    ['draining', { drain: { reason: 'user' as const, atMs: 0 } }],
    ['silent', { status: 'silent' as const }],
    ['unlinked', { status: 'unlinked' as const }],
    ['gone', { status: 'gone' as const }],
  ])('a node that is %s takes no runs', (_, traits) => {
    expect(plan(world().cluster('c').node('n1', ['a', null], traits).ready('r').snapshot()).placements).toEqual([]);
  });

  test('a node whose allocation is being cancelled takes no runs', () => {
    expect(
      plan(
        world()
          .cluster('c')
          .node('n1', ['a', null], { allocation: { cancel: { reason: 'x', atMs: 0 } } })
          .ready('r')
          .snapshot(),
      ).placements,
    ).toEqual([]);
  });

  test('dimensions besides slots are limits too: what two runs share fits twice, not three times', () => {
    const snapshot = world()
      .cluster('c', { nodeResources: { slots: 4, gpus: 4 } })
      .node('n1', [null, null, null, null], { resources: { slots: 4, gpus: 4 } })
      .ready('r1', { resources: { slots: 1, gpus: 2 } })
      .ready('r2', { resources: { slots: 1, gpus: 2 } })
      .ready('r3', { resources: { slots: 1, gpus: 2 } })
      .ready('r4')
      .snapshot();
    expect(places(plan(snapshot))).toEqual(['r1 on n1[0]', 'r2 on n1[1]', 'r4 on n1[2]']);
  });

  test('a run that wants the devices of its slots leaves only the others to runs that name a number, and the other way round', () => {
    const node = () => world().cluster('c', { slots: 4, cudaDevicesPerSlot: 1, nodeResources: { slots: 4, gpus: 4 } });
    const free = { resources: { slots: 4, gpus: 4 } };
    const named = node()
      .node('n1', ['a', null, null, null], free, { cuda: true })
      .ready('four', { resources: { slots: 1, gpus: 4 } })
      .ready('three', { resources: { slots: 1, gpus: 3 } })
      .snapshot();
    expect(places(plan(named))).toEqual(['three on n1[1]']);
    const ofSlots = node()
      .node('n1', ['a', null, null, null], free, { resources: { slots: 1, gpus: 3 } })
      .ready('b', { slots: 2, cuda: true })
      .ready('c', { cuda: true })
      .ready('d')
      .snapshot();
    expect(places(plan(ofSlots))).toEqual(['c on n1[1]', 'd on n1[2]']);
  });

  test('a run that fits no node holds up nobody behind it, and its verdict says what it lacks', () => {
    const planned = plan(world().cluster('c').node('n1', [null, 'a']).ready('huge', { slots: 9, priority: 5 }).ready('r').snapshot());
    expect(places(planned)).toEqual(['r on n1[0]']);
    expect(planned.requests).toEqual([]);
    expect(planned.verdicts).toMatchObject([
      { code: 'TOO_LARGE_FOR_ANY_NODE', sentence: '1 run like e@huge: it needs more than a node of c has (9 slots of 4)' },
    ]);
  });

  test('a large run that waits for room in a cluster that cannot grow keeps the emptiest node from smaller runs', () => {
    const snapshot = world()
      .cluster('c', { maxAllocations: 2 })
      .node('n1', ['a', 'b', 'c', null])
      .node('n2', ['d', null, null, 'e'])
      .ready('big', { slots: 3, priority: 1 })
      .ready('r1')
      .ready('r2')
      .snapshot();
    expect(places(plan(snapshot))).toEqual(['r1 on n1[3]']);
  });

  test('the first of its clusters that has room gets a run', () => {
    const snapshot = world()
      .cluster('a', { slots: 1 })
      .cluster('b')
      .node('n1', ['x'], { cluster: 'a' })
      .node('n2', [null], { cluster: 'b' })
      .ready('r', { clusters: ['a', 'b'] })
      .snapshot();
    expect(places(plan(snapshot))).toEqual(['r on n2[0]']);
  });
});

describe('walltime', () => {
  const hour = 3_600_000;
  test('a run that cannot resume starts only where its time fits', () => {
    const snapshot = world()
      .cluster('c', { walltimeMs: 24 * hour })
      .node('n1', ['a', 'b', 'c', null], { deadlineMs: builtAtMs + hour })
      .node('n2', [null, null, null, null], { deadlineMs: builtAtMs + 3 * hour })
      .ready('r', { timeMs: 2 * hour })
      .snapshot();
    expect(places(plan(snapshot))).toEqual(['r on n2[0]']);
  });

  test('a run that resumes starts where a slice worth its restart remains', () => {
    const worldWith = (leftMs: number) =>
      world()
        .cluster('c', { walltimeMs: 24 * hour })
        .node('n1', [null, 'a'], { deadlineMs: builtAtMs + leftMs })
        .ready('r', { timeMs: 20 * hour, checkpoint: { kind: 'every', everyMs: 600_000 } })
        .snapshot();
    expect(plan(worldWith(12 * 60_000)).placements).toHaveLength(1);
    expect(plan(worldWith(11 * 60_000)).placements).toHaveLength(0);
  });

  test('a shorter run behind one whose time does not fit is still found', () => {
    const snapshot = world()
      .cluster('c', { walltimeMs: 24 * hour })
      .node('n1', [null, 'a'], { deadlineMs: builtAtMs + hour })
      .ready('r1', { timeMs: 1.1 * hour })
      .ready('r2', { timeMs: 0.9 * hour })
      .snapshot();
    expect(places(plan(snapshot))).toEqual(['r2 on n1[0]']);
  });

  test('a run that cannot resume and was cut short by the end of a node waits for one that lives nearly as long as any', () => {
    const cut = {
      kind: 'signal',
      exitCode: null,
      signal: 'SIGTERM',
      stopCause: 'walltime',
      startedAtMs: 0,
      endedAtMs: hour,
      checkpointAtMs: null,
      progress: null,
      detail: '',
    } as const;
    const worldWith = (leftMs: number) =>
      world()
        .cluster('c', { walltimeMs: 24 * hour })
        .node('n1', [null, 'a'], { deadlineMs: builtAtMs + leftMs })
        .ready('r', { reason: 'walltime', attempt: 1, outcome: cut })
        .snapshot();
    expect(plan(worldWith(21 * hour))).toMatchObject({ placements: [{ run: 'e@r' }], requests: [] });
    expect(plan(worldWith(20 * hour))).toMatchObject({ placements: [], requests: [{ count: 1 }] });
  });

  test('no node is requested for a run that outlives every node of its cluster', () => {
    const planned = plan(
      world()
        .cluster('c', { walltimeMs: hour })
        .ready('r', { timeMs: 2 * hour })
        .snapshot(),
    );
    expect(planned.requests).toEqual([]);
    expect(codes(planned)).toEqual(['WALLTIME_TOO_SHORT']);
  });

  test('a cluster whose walltime is shorter than any slice still starts runs of unknown time', () => {
    const planned = plan(
      world()
        .cluster('c', { walltimeMs: 30_000 })
        .node('n1', [null], { deadlineMs: builtAtMs + 20_000 })
        .ready('r')
        .snapshot(),
    );
    expect(planned.placements).toHaveLength(1);
  });
});

describe('demand', () => {
  const runs = (count: number, cluster = world().cluster('c')) => {
    for (let i = 0; i < count; i += 1) cluster.ready(`r${i}`);
    return cluster;
  };

  test('maximize_running requests as many nodes as the waiting runs begin to fill', () => {
    expect(plan(runs(9).snapshot()).requests).toMatchObject([{ cluster: 'c', count: 3 }]);
  });

  test('minimize_jobs requests only what they fill, and one when nothing runs', () => {
    const policy = { scalingPolicy: { kind: 'minimize_jobs' } } as const;
    expect(plan(runs(9, world().cluster('c', policy)).snapshot()).requests).toMatchObject([{ count: 2 }]);
    expect(plan(runs(3, world().cluster('c', policy)).snapshot()).requests).toMatchObject([{ count: 1 }]);
    const served = plan(runs(3, world().cluster('c', policy).node('n1', ['a', 'b', 'c', 'd'])).snapshot());
    expect(served.requests).toEqual([]);
    expect(codes(served)).toContain('WAITING_FOR_SATURATION');
  });

  test('min_saturation requests a further node when it would be full enough', () => {
    const policy = { scalingPolicy: { kind: 'min_saturation', saturation: 0.5 } } as const;
    expect(plan(runs(5, world().cluster('c', policy)).snapshot()).requests).toMatchObject([{ count: 1 }]);
    expect(plan(runs(6, world().cluster('c', policy)).snapshot()).requests).toMatchObject([{ count: 2 }]);
  });

  test('leftovers of min_saturation do not starve when no node there could ever take them', () => {
    const policy = { scalingPolicy: { kind: 'min_saturation', saturation: 1 } } as const;
    const snapshot = world()
      .cluster('c', { ...policy, nodeResources: { slots: 4, gpus: 4 } })
      .node('old', ['a', null], { resources: { slots: 2 } })
      .ready('r', { resources: { slots: 1, gpus: 1 } })
      .snapshot();
    expect(plan(snapshot).requests).toMatchObject([{ count: 1 }]);
  });

  test('pending allocations count as room and towards the limit', () => {
    expect(plan(runs(9).pending('p1').pending('p2').snapshot()).requests).toMatchObject([{ count: 1 }]);
    const full = plan(
      runs(90, world().cluster('c', { maxAllocations: 3 }))
        .pending('p1')
        .snapshot(),
    );
    expect(full.requests).toMatchObject([{ count: 2 }]);
    expect(codes(full)).toContain('MAX_ALLOCATIONS');
  });

  test('a held cluster is asked for nothing and the next one of the list is', () => {
    const held = world()
      .cluster('a')
      .cluster('b')
      .held('a', 'three submissions failed')
      .ready('r', { clusters: ['a', 'b'] });
    expect(plan(held.snapshot()).requests).toMatchObject([{ cluster: 'b', count: 1 }]);
    const only = plan(
      world()
        .cluster('a')
        .held('a', 'three submissions failed')
        .ready('r', { clusters: ['a'] })
        .snapshot(),
    );
    expect(only.verdicts).toMatchObject([{ code: 'CLUSTER_HELD', sentence: expect.stringContaining('three submissions failed') }]);
  });

  test('runs that wait for something ask for no nodes', () => {
    expect(plan(world().cluster('c').ready('r', { reason: 'blocked' }).snapshot()).requests).toEqual([]);
  });

  test('runs on a silent node ask for replacement', () => {
    expect(plan(world().cluster('c').node('n1', ['a', 'b'], { status: 'silent' }).snapshot()).requests).toMatchObject([{ count: 1 }]);
  });

  test('a run for an undefined cluster is told so', () => {
    expect(
      codes(
        plan(
          world()
            .cluster('c')
            .ready('r', { clusters: ['x'] })
            .snapshot(),
        ),
      ),
    ).toEqual(['CLUSTER_UNKNOWN']);
  });
});

describe('sending ahead', () => {
  const short = { learnedMs: 5 };
  const full = () => {
    const built = world().cluster('c', { maxAllocations: 1 }).node('n1', ['a', 'b']);
    for (let i = 0; i < 50; i += 1) built.ready(`r${String(i).padStart(2, '0')}`, short);
    return built;
  };

  test('very short runs are sent to full nodes to wait there for a slot, as many as bridge the way', () => {
    const planned = plan(full().snapshot());
    expect(planned.placements).toHaveLength(20);
    expect(places(planned)[0]).toBe('r00 on n1[]');
  });

  test('what already waits there counts', () => {
    const built = world()
      .cluster('c', { maxAllocations: 1 })
      .node('n1', ['a', 'b'], { ahead: Array.from({ length: 15 }, (_, i) => `e@w${i}`) });
    for (let i = 0; i < 50; i += 1) built.ready(`r${i}`, short);
    expect(plan(built.snapshot()).placements).toHaveLength(5);
  });

  test('nothing is sent ahead of a run of higher priority or of several slots, nor of unknown time', () => {
    expect(plan(full().ready('urgent', { priority: 1 }).snapshot()).placements).toEqual([]);
    expect(plan(full().ready('wide', { priority: 1, slots: 2, learnedMs: 5 }).snapshot()).placements).toEqual([]);
  });

  test('nothing is sent ahead while another node has a free slot', () => {
    const planned = plan(
      full()
        .node(
          'n2',
          Array.from({ length: 60 }, () => null),
        )
        .snapshot(),
    );
    expect(planned.placements.every((placement) => placement.slots.length === 1)).toBe(true);
  });

  test('a node that holds attempts ahead gets no others into its slots: its own come first', () => {
    const built = world()
      .cluster('c', { maxAllocations: 1 })
      .node('n1', ['a', null], { ahead: ['e@w'] })
      .ready('r');
    expect(plan(built.snapshot()).placements).toEqual([]);
  });
});

describe('giving back', () => {
  test('an idle node is released after the idle timeout, and until then the plan says when to look again', () => {
    const snapshot = world().cluster('c').node('n1', [null, null]).ready('later', { reason: 'blocked' }).snapshot();
    expect(plan(snapshot)).toMatchObject({ releases: [], wakeAtMs: builtAtMs + 29_000 });
    expect(codes(plan(snapshot))).toEqual(['NODE_KEPT_WARM']);
    expect(plan(snapshot, builtAtMs + 29_000).releases).toMatchObject([{ node: 'n1' }]);
  });

  test('an idle node is released at once when no run waits and none that executes may be tried again', () => {
    expect(plan(world().cluster('c').node('n1', [null, null]).node('n2', ['a', 'b']).snapshot()).releases).toMatchObject([{ node: 'n1' }]);
  });

  test('an empty node that drains is released at once, and only once', () => {
    expect(
      plan(
        world()
          .cluster('c')
          .node('n1', [null], { drain: { reason: 'consolidation', atMs: 0 } })
          .snapshot(),
      ).releases,
    ).toHaveLength(1);
    expect(
      plan(
        world()
          .cluster('c')
          .node('n1', [null], { drain: { reason: 'release', atMs: 0 } })
          .snapshot(),
      ).releases,
    ).toHaveLength(0);
  });

  test('a node of a cluster that is not defined any more is released as soon as it is empty', () => {
    expect(plan(world().cluster('c').node('n1', [null], { cluster: 'old' }).snapshot()).releases).toHaveLength(1);
  });

  test('a node with attempts waiting on it, a silent one and one that gets a run are kept', () => {
    expect(plan(world().cluster('c').node('n1', [null], { idleSinceMs: 0, status: 'silent' }).snapshot()).releases).toEqual([]);
    expect(plan(world().cluster('c').node('n1', [null], { idleSinceMs: 0 }).ready('r').snapshot()).releases).toEqual([]);
  });

  test('pending allocations that nothing waits for are cancelled at once', () => {
    expect(plan(world().cluster('c').pending('p1').pending('p2').snapshot()).cancels.map((cancel) => cancel.allocation)).toEqual([
      'p2',
      'p1',
    ]);
  });

  test('surplus pending allocations are cancelled after the hysteresis, youngest first', () => {
    const snapshot = world().cluster('c').pending('p1').pending('p2').pending('p3').ready('r').snapshot();
    const first = planTick(snapshot, builtAtMs);
    expect(first).toMatchObject({ cancels: [], wakeAtMs: builtAtMs + 300_000 });
    const later = planTick(snapshot, builtAtMs + 300_000, first.memory);
    expect(later.cancels.map((cancel) => cancel.allocation)).toEqual(['p3', 'p2']);
    expect(planTick(snapshot, builtAtMs + 300_000).cancels).toEqual([]);
  });
});

test('a plan says in sentences what it does', () => {
  const snapshot = world().cluster('c').node('n1', [null, 'a']).ready('r1').ready('r2').snapshot();
  expect(describePlan(plan(snapshot))).toBe('start e@r1 on n1; request 1 node of c: 1 waiting run would use 1 node of 4 slots');
});

describe('a spent budget', () => {
  const spent = (atLimit: 'finish' | 'stop') =>
    world().cluster('c').node('n1', ['a', null]).node('n2', [null, null]).pending('p').ready('r').spent('c', atLimit).snapshot();

  test('starts and requests nothing, cancels what is on its way and gives empty nodes back; what runs goes on', () => {
    const planned = plan(spent('finish'));
    expect(planned).toMatchObject({
      placements: [],
      requests: [],
      stops: [],
      cancels: [{ allocation: 'p' }],
      releases: [{ node: 'n2', because: 'empty, and its budget is spent' }],
    });
    expect(planned.verdicts).toContainEqual({
      subject: { kind: 'shape', key: expect.any(String) },
      code: 'BUDGET_SPENT',
      sentence: '1 run like e@r: its budget is spent',
    });
  });

  test('that says stop asks what runs to stop', () => {
    expect(plan(spent('stop')).stops).toMatchObject([{ run: 'e@a', cause: 'manager-stop' }]);
  });

  test('lets a run that was moved go on, and another cluster of the list take the others', () => {
    const snapshot = world()
      .cluster('c')
      .cluster('d')
      .node('n1', ['a', null, null])
      .node('m1', [null], { cluster: 'd' })
      .ready('moved', { reason: 'consolidation' })
      .ready('r', { clusters: ['c', 'd'] })
      .spent('c')
      .snapshot();
    expect(places(plan(snapshot))).toEqual(['moved on n1[1]', 'r on m1[0]']);
  });

  test('does not keep runs from being moved together', () => {
    const nodes = world()
      .cluster('c')
      .node('n1', ['a', null, null, null], {}, { checkpoint: { kind: 'assumed' } })
      .node('n2', ['b', null, null, null], {}, { checkpoint: { kind: 'assumed' } })
      .ready('r')
      .spent('c')
      .snapshot();
    expect(
      planTick(nodes, builtAtMs, { surplusSince: {}, surplusNodes: { c: { costNodeMs: 3_600_000, nodes: 1, atMs: builtAtMs } } }).drains,
    ).toHaveLength(1);
  });
});

describe('a suspect node', () => {
  test('gets no run in the plan that drains it', () => {
    const planned = plan(world().cluster('c').node('n1', ['a', null]).node('n2', [null, null]).ready('r').suspect('n1').snapshot());
    expect(planned.drains).toEqual([{ node: 'n1', reason: 'bad-node' }]);
    expect(places(planned)).toEqual(['r on n2[0]']);
  });
});
