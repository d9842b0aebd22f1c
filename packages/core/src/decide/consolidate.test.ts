import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CheckpointContract } from '../model/definition.ts';
import type { Plan, PlanMemory } from '../model/plan.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { checkPlan } from './check-plan.ts';
import { planTick } from './plan-tick.ts';
import { builtAtMs, type RunTraits, type SnapshotBuilder, world } from './snapshot-builder.ts';

const every: CheckpointContract = { kind: 'every', everyMs: 600_000 };
const hour = 3_600_000;
const minute = 60_000;

/** The surplus of cluster `c` has cost so much that any move is paid for. */
const paid: PlanMemory = { surplusSince: {}, surplusNodes: { c: { costNodeMs: hour, nodes: 1, atMs: builtAtMs } } };

function decide(built: SnapshotBuilder | Snapshot, memory = paid): Plan {
  const snapshot = 'snapshot' in built ? built.snapshot() : built;
  const plan = planTick(snapshot, builtAtMs, memory);
  expect(checkPlan(snapshot, plan, builtAtMs)).toEqual([]);
  return plan;
}

function code(plan: Plan): string | undefined {
  return plan.verdicts.find((verdict) => verdict.subject.kind === 'cluster')?.code;
}

/** Four nodes of four slots, one run left on each. */
function fourByOne(traits: RunTraits): SnapshotBuilder {
  const built = world().cluster('c');
  for (const i of [1, 2, 3, 4]) built.node(`n${i}`, [`r${i}`, null, null, null], {}, traits);
  return built;
}

/** `r` began this long ago, and its node saw it save itself so long ago. */
function began(agoMs: number): RunTraits {
  return {
    execution: {
      node: 'n1',
      nonce: 'nonce-n1',
      slots: [0],
      placedAtMs: builtAtMs - agoMs,
      startedAtMs: builtAtMs - agoMs,
      pid: 1,
      stop: null,
    },
  };
}

describe('consolidation', () => {
  test('of four nodes with one resumable run each, one is emptied: its run is stopped and the node takes nothing more', () => {
    const plan = decide(fourByOne({ checkpoint: every }));
    expect(plan.stops).toMatchObject([{ run: 'e@r1', cause: 'consolidation', attempt: 1 }]);
    expect(plan.drains).toEqual([{ node: 'n1', reason: 'consolidation' }]);
    expect(plan.requests).toEqual([]);
  });

  test('a moved run goes first, to the fullest node, and its old node is released at once', () => {
    const built = world().cluster('c');
    built
      .node('n1', [null, null], { drain: { reason: 'consolidation', atMs: 0 } })
      .node('n2', ['a', null, null, null])
      .node('n3', ['b', 'c', null, null]);
    const plan = decide(built.ready('r1', { reason: 'consolidation', attempt: 1, checkpoint: every }).ready('urgent', { priority: 9 }));
    expect(plan.placements[0]).toMatchObject({ run: 'e@r1', node: 'n3', attempt: 2 });
    expect(plan.releases).toMatchObject([{ node: 'n1' }]);
  });

  test('while a run stops to be moved its slot elsewhere is kept from others, and no second move begins', () => {
    const narrow = world().cluster('c', { maxAllocations: 2 });
    narrow
      .node('n1', ['r1', null], { drain: { reason: 'consolidation', atMs: 0 } }, { checkpoint: every, ...stopping('n1') })
      .node('n2', ['a', null])
      .ready('other');
    expect(decide(narrow).placements).toEqual([]);
    const calm = world().cluster('c');
    calm
      .node('n1', ['r1', null], { drain: { reason: 'consolidation', atMs: 0 } }, { checkpoint: every, ...stopping('n1') })
      .node('n2', ['a', null], {}, { checkpoint: every })
      .node('n3', ['b', null]);
    expect(code(decide(calm))).toBe('MOVE_IN_PROGRESS');
  });

  test.each<[string, CheckpointContract, RunTraits, number]>([
    ['that declares no checkpoint', { kind: 'none' }, began(minute), 0],
    ['that declared nothing and is old', { kind: 'undeclared' }, began(hour), 0],
    ['that showed a checkpoint', { kind: 'undeclared' }, { ...began(hour), hasShownCheckpoint: true }, 1],
    ['that is assumed to resume', { kind: 'assumed' }, began(hour), 1],
    ['that saves itself on a signal', { kind: 'signal', signal: 'USR1', graceMs: 120_000, exitCode: 85 }, began(hour), 1],
    ['that was moved three times', every, { ...began(hour), movesByConsolidation: 3 }, 0],
    ['that was moved a minute ago', every, { ...began(minute), movesByConsolidation: 1, lastMovedAtMs: builtAtMs - minute }, 0],
    ['that did not save itself when it was asked', every, { ...began(hour), hasRefusedToSave: true }, 0],
    [
      'that has not begun',
      every,
      { execution: { node: 'n1', nonce: 'nonce-n1', slots: [0], placedAtMs: builtAtMs, startedAtMs: null, pid: null, stop: null } },
      0,
    ],
  ])('a run %s is moved or not as its contract says', (_, checkpoint, traits, moves) => {
    const built = world()
      .cluster('c')
      .node('n1', ['r', null, null, null], {}, { checkpoint, ...traits })
      .node('n2', ['a', null, null, null], {}, { checkpoint: { kind: 'none' } });
    expect(decide(built).stops).toHaveLength(moves);
  });

  test('a request to save uses the grace of the contract', () => {
    const checkpoint: CheckpointContract = { kind: 'signal', signal: 'USR1', graceMs: 120_000, exitCode: 85 };
    expect(decide(fourByOne({ checkpoint })).stops).toMatchObject([{ graceMs: 120_000 }]);
  });

  test('a young run that would start from zero is moved only where that is a trifle against what the nodes cost', () => {
    const young = (startedAgoMs: number) => {
      const built = world().cluster('c');
      for (const i of [1, 2])
        built.node(
          `n${i}`,
          [`r${i}`, null],
          { allocation: { startedAtMs: builtAtMs - startedAgoMs } },
          { ...began(5 * minute), checkpoint: { kind: 'undeclared' } },
        );
      return decide(built).stops.length;
    };
    expect(young(10 * hour)).toBe(1);
    expect(young(10 * minute)).toBe(0);
  });

  test('nothing is moved while runs wait that could fill the gaps', () => {
    expect(code(decide(fourByOne({ checkpoint: every }).ready('big', { slots: 4 })))).toBe('RUNS_WAIT');
  });

  test('a run that fits no node of the cluster does not hold up consolidation', () => {
    expect(decide(fourByOne({ checkpoint: every }).ready('huge', { slots: 9 })).stops).toHaveLength(1);
  });

  test('nothing is moved within the settling time after a change of demand, and the plan says when to look again', () => {
    const snapshot = { ...fourByOne({ checkpoint: every }).snapshot(), demandChangedAtMs: builtAtMs - 1_000 };
    expect(decide(snapshot)).toMatchObject({ stops: [], wakeAtMs: builtAtMs + 2_000 });
  });

  test('a surplus must have cost its patience first, and is remembered from plan to plan', () => {
    const snapshot = fourByOne({ checkpoint: every }).snapshot();
    const first = planTick(snapshot, builtAtMs);
    expect(code(first)).toBe('SURPLUS_TOO_YOUNG');
    const wakeAtMs = first.wakeAtMs ?? 0;
    expect(wakeAtMs).toBeGreaterThan(builtAtMs);
    expect(planTick(snapshot, wakeAtMs, first.memory).stops).toHaveLength(1);
    expect(planTick(snapshot, wakeAtMs).stops).toHaveLength(0);
  });

  test('a move waits for a checkpoint that comes sooner than what would be lost is long', () => {
    const withSave = (agoMs: number) => ({
      ...fourByOne({ checkpoint: every }).snapshot(),
      observation: () => ({ attempt: 1, progress: null, progressText: null, checkpointAtMs: builtAtMs - agoMs, fileChangedAtMs: null }),
    });
    expect(decide(withSave(4 * minute)).stops).toHaveLength(1);
    const late = decide(withSave(8 * minute));
    expect(code(late)).toBe('CHECKPOINT_SOON');
    expect(late.wakeAtMs).toBe(builtAtMs + 2 * minute + 1_000);
    expect(decide(withSave(11 * minute)).stops).toHaveLength(1);
  });

  test('off moves nothing; balanced waits until the surplus has cost what the move would redo', () => {
    expect(code(decide(fourByOne({ checkpoint: every }).cluster('c', { consolidation: 'off' })))).toBe('MOVES_OFF');
    const balanced = fourByOne({ checkpoint: every }).cluster('c', { consolidation: 'balanced' });
    expect(decide(balanced, { ...paid, surplusNodes: { c: { costNodeMs: 6 * minute, nodes: 1, atMs: builtAtMs } } }).stops).toHaveLength(0);
    expect(decide(balanced).stops).toHaveLength(1);
  });

  test('with known times only the straggler is moved: the node ends with its short runs', () => {
    const built = world()
      .cluster('c')
      .node('b', ['b1', 'b2', 'b3', null], {}, { checkpoint: every })
      .node('c', ['c1', 'c2', null, null], {}, { checkpoint: every });
    for (const [name, hours] of [
      ['b1', 6],
      ['b2', 5],
      ['b3', 4],
      ['c1', 6],
      ['c2', 0.5],
    ] as const)
      built.takes(name, hour + hours * hour);
    const plan = decide(built, { surplusSince: {}, surplusNodes: {} });
    expect(plan.stops.map((stop) => stop.run)).toEqual(['e@c1']);
    expect(plan.drains).toEqual([{ node: 'c', reason: 'consolidation' }]);
  });

  test('a node that was drained to become empty is opened again when runs wait for its slots', () => {
    const built = world()
      .cluster('c', { maxAllocations: 1 })
      .node('n1', ['a', null], { drain: { reason: 'consolidation', atMs: 0 } })
      .ready('r');
    expect(decide(built)).toMatchObject({ undrains: ['n1'], requests: [] });
  });

  test('no move needs a further node, moves a protected run, or gives up a run without a free slot for it elsewhere', () => {
    const nodes = fc.array(
      fc.record({
        taken: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
        checkpoint: fc.constantFrom<CheckpointContract>({ kind: 'none' }, every, { kind: 'assumed' }, { kind: 'undeclared' }),
        timeMs: fc.constantFrom(null, 2 * hour, 5 * hour),
        movesByConsolidation: fc.integer({ min: 0, max: 3 }),
      }),
      { minLength: 2, maxLength: 5 },
    );
    fc.assert(
      fc.property(nodes, (all) => {
        const built = world().cluster('c', { slots: 3 });
        all.forEach(({ taken, ...traits }, i) =>
          built.node(
            `n${i}`,
            taken.map((is, slot) => (is ? `r${i}-${slot}` : null)),
            {},
            traits,
          ),
        );
        const snapshot = built.snapshot();
        const plan = decide(snapshot);
        expect(plan.requests).toEqual([]);
        const source = plan.drains[0]?.node;
        const free = snapshot.allocations.flatMap(({ id, node }) =>
          id === source || node === null || node.idleSinceMs !== null ? [] : node.occupants.filter((occupant) => occupant === null),
        ).length;
        expect(plan.stops.length).toBeLessThanOrEqual(free);
        for (const stop of plan.stops) {
          const run = snapshot.run(stop.run);
          expect(run?.execution?.node).toBe(source);
          expect(run?.definition.checkpoint.kind).not.toBe('none');
          expect(run?.definition.checkpoint.kind).not.toBe('undeclared');
          expect(run?.movesByConsolidation).toBeLessThan(3);
        }
      }),
      { numRuns: 500 },
    );
  });
});

function stopping(node: string): RunTraits {
  return {
    execution: {
      node,
      nonce: `nonce-${node}`,
      slots: [0],
      placedAtMs: 0,
      startedAtMs: 0,
      pid: 1,
      stop: { cause: 'consolidation', requestedAtMs: builtAtMs, graceMs: 1_000 },
    },
  };
}
