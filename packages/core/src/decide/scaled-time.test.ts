import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CheckpointContract } from '../model/definition.ts';
import type { Plan, PlanMemory } from '../model/plan.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { planTick } from './plan-tick.ts';
import { builtAtMs, type RunTraits, world } from './snapshot-builder.ts';
import { decideTimes } from './times.ts';

const minute = 60_000;
const factor = 3;

/** Nothing of a decision hangs on a number of seconds: were all times `factor` times as long, the plan would be the same. */
function inSlowMotion<T>(decide: () => T): T {
  const table = decideTimes as unknown as Record<string, number>;
  const before = { ...table };
  for (const name of Object.keys(table)) if (name.endsWith('Ms')) table[name] = (table[name] ?? 0) * factor;
  try {
    return decide();
  } finally {
    Object.assign(table, before);
  }
}

const instants = new Set(['atMs', 'deadlineMs', 'idleSinceMs']);

/** The value with its durations `factor` times as long, and its instants that far from now. */
function slowed<T>(value: T, name = ''): T {
  if (typeof value === 'number') {
    if (name.endsWith('AtMs') || instants.has(name)) return (builtAtMs + (value - builtAtMs) * factor) as T;
    return name.endsWith('Ms') ? ((value * factor) as T) : value;
  }
  if (Array.isArray(value)) return value.map((item) => slowed(item, name)) as T;
  if (typeof value !== 'object' || value === null || value instanceof Set) return value;
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, slowed(item)])) as T;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, slowed(item, key)])) as T;
}

function slowedSnapshot(snapshot: Snapshot): Snapshot {
  const allocations = slowed(snapshot.allocations);
  return {
    ...snapshot,
    clusters: slowed(snapshot.clusters),
    allocations,
    readyShapes: snapshot.readyShapes.map((queue) => ({
      shape: queue.shape,
      size: queue.size,
      [Symbol.iterator]: () => [...queue].map((run) => slowed(run))[Symbol.iterator](),
    })),
    run: (id) => slowed(snapshot.run(id)),
    allocation: (id) => allocations.find((allocation) => allocation.id === id),
    observation: (id) => slowed(snapshot.observation(id)),
    learnedTimes: (run) => slowed(snapshot.learnedTimes(run)),
    demandChangedAtMs: slowed(snapshot.demandChangedAtMs, 'demandChangedAtMs'),
  };
}

/** What the plan does and when it looks again, without its sentences. */
function deeds({ placements, requests, cancels, drains, undrains, stops, releases, verdicts, wakeAtMs }: Plan) {
  return {
    placements,
    requests: requests.map(({ cluster, count, walltimesMs }) => ({ cluster, count, walltimesMs })),
    cancels: cancels.map(({ allocation }) => allocation),
    drains,
    undrains,
    stops,
    releases: releases.map(({ node }) => node),
    verdicts: verdicts.map(({ subject, code }) => ({ subject, code })),
    wakeAtMs,
  };
}

const contracts: readonly CheckpointContract[] = [
  { kind: 'none' },
  { kind: 'undeclared' },
  { kind: 'assumed' },
  { kind: 'every', everyMs: 10 * minute },
  { kind: 'signal', signal: 'USR1', graceMs: 2 * minute, exitCode: 85 },
];
const traits: fc.Arbitrary<RunTraits> = fc.record({
  timeMs: fc.constantFrom(null, null, 20 * minute, 70 * minute, 300 * minute, 1_300 * minute),
  checkpoint: fc.constantFrom(...contracts),
});
const nodes = fc.array(
  fc.record({
    taken: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
    traits,
    startedAgoMinutes: fc.integer({ min: 0, max: 300 }),
    leftMinutes: fc.constantFrom(null, 2, 14, 200, 1_400),
    learnedMinutes: fc.constantFrom(undefined, 90, 400),
    movedAgoMinutes: fc.constantFrom(null, 4, 30),
    savedAgoMinutes: fc.constantFrom(null, 1, 9),
  }),
  { maxLength: 5 },
);
const worlds = fc.record({
  nodes,
  ready: fc.array(traits, { maxLength: 6 }),
  pending: fc.integer({ min: 0, max: 1 }),
  walltimeMinutes: fc.constantFrom(null, 60, 1_440),
  settledMinutes: fc.constantFrom(0, 1),
  paidMinutes: fc.constantFrom(0, 1, 30),
  preset: fc.constantFrom<'aggressive' | 'balanced'>('aggressive', 'balanced'),
});

test('when all durations and all configured times are three times as long, the plan is the same and looks again three times later', () => {
  let moves = 0;
  let requests = 0;
  fc.assert(
    fc.property(worlds, ({ nodes: all, ready, pending, walltimeMinutes, settledMinutes, paidMinutes, preset }) => {
      const built = world().cluster('c', {
        slots: 3,
        walltimeMs: walltimeMinutes === null ? null : walltimeMinutes * minute,
        consolidation: preset,
      });
      for (const [i, node] of all.entries()) {
        const startedAtMs = builtAtMs - node.startedAgoMinutes * minute;
        const execution = { node: `n${i}`, nonce: `nonce-n${i}`, slots: [0], placedAtMs: startedAtMs, startedAtMs, pid: 1, stop: null };
        const moved =
          node.movedAgoMinutes === null ? {} : { movesByConsolidation: 1, lastMovedAtMs: builtAtMs - node.movedAgoMinutes * minute };
        const learned = node.learnedMinutes === undefined ? {} : { learnedMs: node.learnedMinutes * minute };
        built.node(
          `n${i}`,
          node.taken.map((is, slot) => (is ? `r${i}-${slot}` : null)),
          { deadlineMs: node.leftMinutes === null ? null : builtAtMs + node.leftMinutes * minute },
          { ...node.traits, execution, ...moved, ...learned },
        );
      }
      for (const [i, run] of ready.entries()) built.ready(`w${i}`, run);
      for (let i = 0; i < pending; i += 1) built.pending(`p${i}`);
      const savedAgo = new Map(all.map(({ savedAgoMinutes }, i) => [i, savedAgoMinutes]));
      const snapshot: Snapshot = {
        ...built.snapshot(),
        demandChangedAtMs: builtAtMs - settledMinutes * minute,
        observation: (id) => {
          const agoMinutes = savedAgo.get(Number(/^e@r(\d)/.exec(id)?.[1])) ?? null;
          return agoMinutes === null
            ? undefined
            : { attempt: 1, progress: null, progressText: null, checkpointAtMs: builtAtMs - agoMinutes * minute, fileChangedAtMs: null };
        },
      };
      const memory: PlanMemory = { surplusSince: {}, surplusNodes: { c: { costNodeMs: paidMinutes * minute, nodes: 1, atMs: builtAtMs } } };
      const plan = planTick(snapshot, builtAtMs, memory);
      const slow = inSlowMotion(() =>
        planTick(slowedSnapshot(snapshot), builtAtMs, { surplusSince: {}, surplusNodes: slowed(memory.surplusNodes, 'surplusNodes') }),
      );
      moves += plan.stops.length;
      requests += plan.requests.length;
      const [{ wakeAtMs: slowAtMs, ...done }, { wakeAtMs, ...expected }] = [deeds(slow), slowed(deeds(plan))];
      expect(done).toEqual(expected);
      expect(Math.abs((slowAtMs ?? 0) - (wakeAtMs ?? 0))).toBeLessThanOrEqual(factor);
    }),
    { numRuns: 1_000 },
  );
  expect(moves).toBeGreaterThan(50);
  expect(requests).toBeGreaterThan(50);
});
