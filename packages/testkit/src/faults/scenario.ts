import type { ClusterDefinition, FencingTimes, RunDefinition } from '@juqueue/core';
import { assertFencingTimes, defaultFencingTimes } from '@juqueue/core';
import { testCluster, testRun } from '../fakes/engine-world.ts';
import type { Dice } from './dice.ts';
import type { FaultKind } from './faults.ts';
import { faultKinds } from './faults.ts';
import type { Program } from './program.ts';

/** What one seed makes of a world: sizes, work, times, and which faults it knows and how often. */
export interface Scenario {
  readonly times: FencingTimes;
  readonly cacheMs: number;
  readonly cluster: ClusterDefinition;
  readonly runs: readonly { readonly definition: RunDefinition; readonly program: Program }[];
  readonly faults: readonly FaultKind[];
  readonly meanFaultGapMs: number;
  readonly faultsEndMs: number;
}

export function rollScenario(dice: Dice): Scenario {
  const cacheMs = dice.chance(0.7) ? 60_000 : 0;
  const times = rollTimes(dice, cacheMs);
  assertFencingTimes(times);
  const slots = dice.between(1, 3);
  const cluster = testCluster({
    slotsPerNode: slots,
    nodeResources: { slots },
    maxAllocations: dice.between(2, 4),
    walltimeMs: dice.chance(0.3) ? dice.between(400_000, 1_200_000) : null,
    idleTimeoutMs: dice.pick([5_000, 30_000, 120_000]),
    consolidation: dice.pick(['off', 'aggressive', 'balanced']),
    graceMs: dice.pick([2_000, 10_000, 30_000]),
  });
  const runs = Array.from({ length: dice.between(3, 9) }, (_, index) => rollRun(dice, index));
  return {
    times,
    cacheMs,
    cluster,
    runs,
    // Few kinds at a time meet each other more often than all kinds do.
    faults: dice.chance(0.05) ? [] : dice.shuffled(faultKinds).slice(0, dice.between(1, 6)),
    meanFaultGapMs: dice.pick([15_000, 40_000, 90_000]),
    faultsEndMs: dice.between(600_000, 1_800_000),
  };
}

/** Half of the worlds have shorter times than the product, so that more of what takes long happens. */
function rollTimes(dice: Dice, fsStalenessMs: number): FencingTimes {
  if (dice.chance(0.4)) return { ...defaultFencingTimes, fsStalenessMs };
  return {
    ...defaultFencingTimes,
    fsStalenessMs,
    leaseMs: 50_000,
    linkPatienceMs: 60_000,
    predecessorMs: 120_000,
    noManagerExitMs: 300_000,
  };
}

function rollRun(dice: Dice, index: number): { readonly definition: RunDefinition; readonly program: Program } {
  const name = `r${index}`;
  const dependsOn = index > 1 && dice.chance(0.15) ? [`r${dice.between(0, index - 1)}`] : [];
  const isSaving = dice.chance(0.5);
  const checkpoint = isSaving
    ? dice.chance(0.5)
      ? ({ kind: 'signal', signal: 'USR1', graceMs: 20_000, exitCode: 85 } as const)
      : ({ kind: 'assumed' } as const)
    : dice.pick([{ kind: 'none' }, { kind: 'undeclared' }] as const);
  const onSignal = isSaving
    ? ({ kind: 'save', afterMs: dice.between(100, 8_000), exitCode: checkpoint.kind === 'signal' ? 85 : 0 } as const)
    : ({ kind: dice.pick(['die', 'ignore'] as const) } as const);
  return {
    definition: testRun(name, {
      dependsOn,
      retries: dice.between(0, 2),
      resources: { slots: 1 },
      timeLimitMs: dice.chance(0.1) ? 500_000 : null,
      checkpoint,
    }),
    program: { workMs: dice.between(5_000, dice.chance(0.4) ? 60_000 : 700_000), exitCodes: dice.chance(0.2) ? [1, 0] : [0], onSignal },
  };
}
