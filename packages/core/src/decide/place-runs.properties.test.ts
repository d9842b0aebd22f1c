import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Snapshot } from '../model/snapshot.ts';
import { checkPlan } from './check-plan.ts';
import { planTick } from './plan-tick.ts';
import { builtAtMs, type RunTraits, world } from './snapshot-builder.ts';

interface GeneratedNode {
  readonly taken: readonly boolean[];
  readonly drained: boolean;
  readonly silent: boolean;
  readonly lifeMinutes: number | null;
  readonly wide: boolean;
  /** What the run in each taken slot asks for. */
  readonly asks: Pick<RunTraits, 'resources' | 'cuda'>;
}
interface Generated {
  readonly slots: number;
  readonly maxAllocations: number;
  readonly saturation: number;
  readonly nodes: readonly GeneratedNode[];
  readonly pending: number;
  readonly ready: readonly RunTraits[];
}

const contracts = [{ kind: 'none' }, { kind: 'undeclared' }, { kind: 'assumed' }, { kind: 'every', everyMs: 600_000 }] as const;

/** What a run asks for besides slots: nothing, a number of devices, or those of its slots. */
const devices: readonly Pick<RunTraits, 'resources' | 'cuda'>[] = [
  {},
  {},
  { resources: { slots: 1, gpus: 2 } },
  { resources: { slots: 1, gpus: 0 }, cuda: true },
  { cuda: true },
  { resources: { slots: 2, mem: 5 } },
];

const runTraits: fc.Arbitrary<RunTraits> = fc
  .tuple(
    fc.constantFrom(...devices),
    fc.record({
      slots: fc.constantFrom(1, 1, 1, 2, 3),
      priority: fc.constantFrom(0, 0, 1),
      experimentOrder: fc.integer({ min: 1, max: 3 }),
      timeMs: fc.constantFrom(null, 600_000, 3_600_000, 5_000_000, 40_000_000),
      checkpoint: fc.constantFrom(...contracts),
      clusters: fc.constantFrom(['c'], ['c', 'd'], ['d']),
    }),
  )
  .map(([asked, traits]) => ({ ...traits, ...asked }));

const oneSlot = { slots: 1, resources: { slots: 1 }, cuda: false } as const;

const generated: fc.Arbitrary<Generated> = fc.record({
  slots: fc.integer({ min: 1, max: 4 }),
  maxAllocations: fc.integer({ min: 0, max: 6 }),
  saturation: fc.constantFrom(0, 0.5, 1),
  nodes: fc.array(
    fc.record({
      taken: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
      drained: fc.boolean(),
      silent: fc.boolean(),
      lifeMinutes: fc.constantFrom(null, null, 5, 70, 1_000),
      wide: fc.boolean(),
      asks: fc.constantFrom({}, {}, { cuda: true }, { resources: { slots: 1, gpus: 1 } }),
    }),
    { maxLength: 4 },
  ),
  pending: fc.integer({ min: 0, max: 2 }),
  ready: fc.array(runTraits, { maxLength: 12 }),
});

/** The same world, its parts told in the order that `order` says: numbers that sort them. */
function build(from: Generated, order: readonly number[] = []): Snapshot {
  const built = world();
  const shuffled = <T>(items: readonly T[]) =>
    items.map((item, i) => ({ item, i })).sort((a, b) => (order[a.i] ?? a.i) - (order[b.i] ?? b.i));
  built.cluster('c', {
    slots: from.slots,
    nodeResources: { slots: from.slots, gpus: from.slots, mem: 10 },
    cudaDevicesPerSlot: 1,
    maxAllocations: from.maxAllocations,
    walltimeMs: 86_400_000,
    scalingPolicy: { kind: 'min_saturation', saturation: from.saturation },
  });
  built.cluster('d', { slots: 4, nodeResources: { slots: 4, gpus: 4 }, maxAllocations: 1, scalingPolicy: { kind: 'minimize_jobs' } });
  for (const { item: node, i } of shuffled(from.nodes)) {
    const slots = node.wide ? 4 : from.slots;
    const occupants = node.taken.slice(0, slots).map((taken, slot) => (taken ? `on${i}-${slot}` : null));
    built.node(
      `n${i}`,
      occupants,
      {
        cluster: node.wide ? 'd' : 'c',
        deadlineMs: node.lifeMinutes === null ? null : builtAtMs + node.lifeMinutes * 60_000,
        drain: node.drained ? { reason: 'user', atMs: 0 } : null,
        status: node.silent ? 'silent' : 'connected',
        resources: { slots, gpus: slots, mem: 10 },
      },
      node.asks,
    );
  }
  for (let i = 0; i < from.pending; i += 1) built.pending(`p${i}`);
  for (const { item, i } of shuffled(from.ready)) built.ready(`r${i}`, item);
  return built.snapshot();
}

describe('any plan', () => {
  test('breaks no promise that the checker knows', () => {
    fc.assert(
      fc.property(generated, (from) => {
        const snapshot = build(from);
        expect(checkPlan(snapshot, planTick(snapshot, builtAtMs), builtAtMs)).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });

  test('is the same for the same world told in another order', () => {
    fc.assert(
      fc.property(generated, fc.array(fc.integer({ min: 0, max: 99 }), { minLength: 12, maxLength: 12 }), (from, order) => {
        expect(planTick(build(from, order), builtAtMs)).toEqual(planTick(build(from), builtAtMs));
      }),
      { numRuns: 500 },
    );
  });

  test('leaves no single-slot run waiting that a node with free slots and life could take, unless a larger run keeps that node', () => {
    fc.assert(
      fc.property(generated, (from) => {
        const snapshot = build({ ...from, ready: from.ready.map((run) => ({ ...run, ...oneSlot })) });
        const planned = planTick(snapshot, builtAtMs);
        const placed = new Set(planned.placements.map((placement) => placement.run));
        for (const queue of snapshot.readyShapes) {
          for (const run of queue) {
            if (placed.has(run.id)) continue;
            for (const { node, cluster } of snapshot.allocations) {
              if (node === null || node.status !== 'connected' || node.drain !== null || !run.definition.clusters.includes(cluster))
                continue;
              const free =
                node.occupants.filter((occupant) => occupant === null).length -
                planned.placements.filter((placement) => placement.node === node.id).length;
              if (free === 0) continue;
              const lifeMinutes = node.deadlineMs === null ? Number.POSITIVE_INFINITY : (node.deadlineMs - builtAtMs) / 60_000;
              const neededMinutes = run.definition.timeMs === null ? 11.5 : run.definition.timeMs / 60_000;
              expect(lifeMinutes, `${run.id} could start on ${node.id}`).toBeLessThan(neededMinutes);
            }
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  test('lets no run overtake another of its own shape', () => {
    fc.assert(
      fc.property(generated, (from) => {
        const snapshot = build({ ...from, ready: from.ready.map((run) => ({ ...run, timeMs: null })) });
        const placed = new Set(planTick(snapshot, builtAtMs).placements.map((placement) => placement.run));
        for (const queue of snapshot.readyShapes) {
          const flags = [...queue].map((run) => placed.has(run.id));
          expect(flags).toEqual([...flags].sort((a, b) => Number(b) - Number(a)));
        }
      }),
      { numRuns: 500 },
    );
  });

  test('requests nodes for everything that waits and fits, as far as the limits of its cluster allow', () => {
    fc.assert(
      fc.property(generated, (from) => {
        const snapshot = build({
          ...from,
          saturation: 0,
          nodes: from.nodes.map((node) => ({ ...node, wide: false, silent: false })),
          ready: from.ready.map((run) => ({ ...run, clusters: ['c'], ...oneSlot, timeMs: null })),
        });
        const planned = planTick(snapshot, builtAtMs);
        const waiting = snapshot.readyCount - planned.placements.length;
        const missing = Math.max(0, Math.ceil(waiting / from.slots) - from.pending);
        const open = snapshot.allocations.filter((allocation) => allocation.cluster === 'c').length;
        expect(planned.requests.reduce((sum, demand) => sum + (demand.cluster === 'c' ? demand.count : 0), 0)).toBe(
          Math.min(missing, Math.max(0, from.maxAllocations - open)),
        );
      }),
      { numRuns: 500 },
    );
  });
});
