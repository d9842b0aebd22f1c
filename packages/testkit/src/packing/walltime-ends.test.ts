import { describe, expect, test } from 'vitest';
import type { Placement } from '@juqueue/core';
import { planTick, simulate } from '@juqueue/core';
import type { SweepScenario } from './scenario.ts';
import { scenarioOf } from './scenario.ts';

const minute = 60_000;
const hour = 60 * minute;

/** Two full nodes of four slots for six hours each; after five hours two runs are left on each, with three more to go. */
function twoNodes(traits: Partial<SweepScenario> = {}): SweepScenario {
  return {
    runs: [8, 8, 5, 5, 8, 8, 5, 5].map((hours, i) => ({
      name: `r${i}`,
      durationMs: hours * hour,
      declaredMs: null,
      slots: 1,
      arrivesAtMs: 0,
    })),
    slotsPerNode: 4,
    maxAllocations: 10,
    walltimeMs: 6 * hour,
    declaredError: null,
    queueWaitMs: () => 0,
    startUpMs: minute,
    restartMs: minute,
    checkpointMs: 10 * minute,
    contract: { kind: 'every', everyMs: 10 * minute },
    cluster: { consolidation: 'off' },
    nodeDiesAfterMs: () => null,
    ...traits,
  };
}

function observe(scenario: SweepScenario) {
  const again: Placement[] = [];
  const walltimes: (number | null)[] = [];
  const result = simulate(scenarioOf(scenario), (snapshot, nowMs, memory) => {
    const plan = planTick(snapshot, nowMs, memory);
    again.push(...plan.placements.filter(({ attempt }) => attempt > 1));
    for (const { walltimeMs } of snapshot.allocations) if (!walltimes.includes(walltimeMs)) walltimes.push(walltimeMs);
    return plan;
  });
  return { result, again, walltimes };
}

describe('the end of an allocation', () => {
  test('comes at another time than that of the node requested with it', () => {
    expect(observe(twoNodes()).walltimes).toEqual([6 * hour, 6 * hour - 22 * minute]);
  });

  test('puts its runs into the free slots of the other node, without a move and without a further node', () => {
    const { result, again } = observe(twoNodes());
    const [first, second, ...rest] = again;
    expect([first?.node, second?.node]).toEqual(['c-00001', 'c-00001']);
    expect(rest.map(({ node }) => node)).toEqual(['c-00003', 'c-00003', 'c-00003', 'c-00003']);
    expect(result).toMatchObject({ moves: 0, allocations: 3 });
  });

  test('is the same for all when a run cannot resume and nobody knows how long it takes', () => {
    expect(
      observe({ ...twoNodes({ contract: { kind: 'none' } }), runs: twoNodes().runs.map((run) => ({ ...run, durationMs: 5.5 * hour })) })
        .walltimes,
    ).toEqual([6 * hour]);
  });
});
