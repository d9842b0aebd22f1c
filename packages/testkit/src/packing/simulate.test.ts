import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Plan, ScalingPolicy, Scenario } from '@juqueue/core';
import { ledgerParts, planTick, Random, simulate } from '@juqueue/core';
import type { SweepRun, SweepScenario } from './scenario.ts';
import { eagerConsolidation, hyperQueue, oneJobPerNode, originalJuqueue, releaseWhenEmpty } from './baselines.ts';
import { lowerBoundMs } from './oracle.ts';
import { scenarioOf } from './scenario.ts';

const minute = 60_000;
const hour = 60 * minute;

function runsOf(durationsMs: readonly number[], traits: Partial<SweepRun> = {}): SweepRun[] {
  return durationsMs.map((durationMs, i) => ({
    name: `r${String(i).padStart(4, '0')}`,
    durationMs,
    declaredMs: null,
    slots: 1,
    arrivesAtMs: 0,
    ...traits,
  }));
}

function scenario(traits: Partial<SweepScenario>): Scenario {
  return scenarioOf({
    runs: [],
    slotsPerNode: 4,
    maxAllocations: 100,
    walltimeMs: null,
    declaredError: null,
    queueWaitMs: () => 0,
    startUpMs: minute,
    restartMs: minute,
    checkpointMs: 10 * minute,
    contract: { kind: 'every', everyMs: 10 * minute },
    cluster: { consolidation: 'aggressive' },
    nodeDiesAfterMs: () => null,
    ...traits,
  });
}

describe('the simulator', () => {
  test('bills a single run from the start of its node to its end', () => {
    expect(simulate(scenario({ runs: runsOf([hour]) }), planTick)).toMatchObject({
      billedMs: hour + minute,
      makespanMs: hour + minute,
      moves: 0,
      allocations: 1,
    });
  });

  test('begins an attempt that was sent ahead when a slot of its node is free, not before', () => {
    const result = simulate(scenario({ runs: runsOf(new Array<number>(40).fill(500), { declaredMs: 500 }), maxAllocations: 1 }), planTick);
    expect(result.makespanMs).toBe(minute + 10 * 500);
    expect(result.ledger.useful).toBe(40 * 500);
  });

  test('of four nodes with one long run left on each, three are given back', () => {
    const durations = [3, 3, 3, 20, 3, 3, 3, 20, 3, 3, 3, 20, 3, 3, 3, 20].map((hours) => hours * hour);
    const kept = simulate(scenario({ runs: runsOf(durations), cluster: { consolidation: 'off' } }), planTick);
    const moved = simulate(scenario({ runs: runsOf(durations) }), planTick);
    expect(kept.billedMs).toBe(4 * (20 * hour + minute));
    expect(moved.moves).toBe(3);
    expect(moved.billedMs).toBeLessThan(3 * 3.2 * hour + 20.5 * hour);
    expect(moved.makespanMs).toBeLessThan(kept.makespanMs + 15 * minute);
  });

  test('a move is not undone: no run goes back to the node that it left, and no node is opened again while nothing arrives', () => {
    const left = new Map<string, string>();
    const random = new Random(5);
    const runs = runsOf(Array.from({ length: 64 }, () => Math.round(random.pareto(1.2, hour / 2))));
    const result = simulate(scenario({ runs }), (snapshot, nowMs, memory) => {
      const plan = planTick(snapshot, nowMs, memory);
      for (const placement of plan.placements) expect(left.get(placement.run)).not.toBe(placement.node);
      for (const stop of plan.stops) left.set(stop.run, snapshot.run(stop.run)?.execution?.node ?? '');
      expect(plan.undrains).toEqual([]);
      expect(plan.drains.length).toBeLessThanOrEqual(1);
      return plan;
    });
    expect(result.moves).toBeGreaterThan(5);
    expect(result.allocations).toBe(16);
  });

  test('a plan undoes nothing of the one before it, and after a few there is nothing left to do', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10_000 }),
        fc.constantFrom<ScalingPolicy>(
          { kind: 'maximize_running' },
          { kind: 'minimize_jobs' },
          { kind: 'min_saturation', saturation: 0.5 },
        ),
        (seed, scalingPolicy) => {
          const random = new Random(seed);
          const runs = Array.from({ length: 1 + Math.floor(random.next() * 24) }, (_, i): SweepRun => {
            const durationMs = Math.round(random.lognormal(hour, 1));
            return {
              name: `r${i}`,
              durationMs,
              declaredMs: random.next() < 0.7 ? durationMs : null,
              slots: random.next() < 0.2 ? 2 : 1,
              arrivesAtMs: Math.floor(random.next() * 3) * 20 * minute,
            };
          });
          let before: { readonly atMs: number; readonly plan: Plan; readonly known: ReadonlySet<string> } | null = null;
          let plansNow = 0;
          simulate(
            scenario({
              runs,
              walltimeMs: 4 * hour,
              queueWaitMs: () => Math.floor(random.next() * 20 * minute),
              cluster: { consolidation: 'aggressive', scalingPolicy },
            }),
            (snapshot, nowMs, memory) => {
              const plan = planTick(snapshot, nowMs, memory);
              plansNow = before?.atMs === nowMs ? plansNow + 1 : 1;
              expect(plansNow).toBeLessThanOrEqual(6);
              if (before?.atMs === nowMs) {
                const { plan: earlier, known } = before;
                for (const { node } of earlier.drains) expect(plan.undrains).not.toContain(node);
                for (const node of earlier.undrains) expect(plan.drains.map((drain) => drain.node)).not.toContain(node);
                for (const { run } of earlier.placements) expect(plan.stops.map((stop) => stop.run)).not.toContain(run);
                for (const { node } of earlier.placements) expect(plan.releases.map((release) => release.node)).not.toContain(node);
                for (const { allocation } of plan.cancels) expect(known.has(allocation)).toBe(true);
                if (earlier.cancels.length + earlier.releases.length > 0) expect(plan.requests).toEqual([]);
              }
              before = { atMs: nowMs, plan, known: new Set(snapshot.allocations.map(({ id }) => id)) };
              return plan;
            },
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  test('gives equal results for equal scenarios', () => {
    const random = new Random(3);
    const runs = runsOf(Array.from({ length: 40 }, () => Math.round(random.lognormal(hour, 1))));
    expect(simulate(scenario({ runs }), planTick)).toEqual(simulate(scenario({ runs }), planTick));
  });

  test('brings every run to its end through walltimes, deaths of nodes, waits and arrivals', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10_000 }),
        fc.constantFrom<'aggressive' | 'balanced' | 'off'>('aggressive', 'balanced', 'off'),
        fc.boolean(),
        (seed, consolidation, isDeclared) => {
          const random = new Random(seed);
          const runs = Array.from({ length: 1 + Math.floor(random.next() * 30) }, (_, i): SweepRun => {
            const durationMs = Math.round(random.lognormal(hour, 1));
            return {
              name: `r${i}`,
              durationMs,
              declaredMs: isDeclared ? durationMs : null,
              slots: random.next() < 0.2 ? 2 : 1,
              arrivesAtMs: random.next() < 0.5 ? 0 : Math.floor(random.next() * hour),
            };
          });
          const result = simulate(
            scenario({
              runs,
              maxAllocations: 1 + Math.floor(random.next() * 8),
              walltimeMs: 4 * hour,
              queueWaitMs: () => Math.floor(random.next() * 30 * minute),
              nodeDiesAfterMs: () => (random.next() < 0.03 ? Math.floor(random.next() * hour) + 1 : null),
              cluster: { consolidation },
            }),
            planTick,
          );
          expect(result.billedMs).toBeGreaterThanOrEqual(lowerBoundMs(runs, 4, 0));
          expect(result.ledger.billed).toBe(4 * result.billedMs);
          expect(ledgerParts.reduce((sum, part) => sum + result.ledger[part], 0)).toBe(result.ledger.billed);
          expect(result.ledger.useful).toBe(runs.reduce((sum, run) => sum + run.durationMs * run.slots, 0));
          expect(result.ledger.open).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('runs that take three times as long cost three times as much', () => {
    const durations = [1, 2, 3, 5, 8, 13].map((hours) => hours * hour);
    const once = simulate(scenario({ runs: runsOf(durations), startUpMs: 0, cluster: { consolidation: 'off' } }), planTick);
    const thrice = simulate(
      scenario({ runs: runsOf(durations.map((ms) => 3 * ms)), startUpMs: 0, cluster: { consolidation: 'off' } }),
      planTick,
    );
    expect(thrice.billedMs).toBe(3 * once.billedMs);
  });
});

describe('the baselines', () => {
  const durations = [1, 1, 1, 9, 1, 1, 1, 9].map((hours) => hours * hour);
  const bill = (policy: Parameters<typeof simulate>[1], checkpointMs: number | null = null) =>
    simulate(scenario({ runs: runsOf(durations), checkpointMs, contract: { kind: 'undeclared' } }), policy);

  test('release when empty and one job for every four runs pay for the straggler of each node', () => {
    expect(bill(releaseWhenEmpty(4)).billedMs).toBe(2 * (9 * hour + minute));
    expect(bill(oneJobPerNode(4)).billedMs).toBe(2 * (9 * hour + minute));
  });

  test('the original kills the least occupied node, and its run starts from zero', () => {
    expect(bill(originalJuqueue(4))).toMatchObject({ moves: 1, redoneMs: hour });
  });

  test('eager consolidation moves the run with what its checkpoints hold', () => {
    expect(bill(eagerConsolidation(4), 10 * minute)).toMatchObject({ moves: 1, redoneMs: 0 });
  });

  test('HyperQueue keeps an idle node for its idle timeout', () => {
    expect(simulate(scenario({ runs: runsOf([hour]) }), hyperQueue(4, 5 * minute, 1)).billedMs).toBe(hour + 6 * minute);
  });
});
