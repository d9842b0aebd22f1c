import { planTick, Random, simulate } from '@juqueue/core';
import type { ConsolidationPreset, Policy } from '@juqueue/core';
import type { Burst, TimesKnown } from './workloads.ts';
import { lowerBoundMs, oracle } from './oracle.ts';
import { scenarioOf } from './scenario.ts';
import { declare, declaredErrorSigma } from './workloads.ts';

/** One line of the table. `checkpointSeconds` is null when runs never save themselves. */
export interface Row {
  readonly policy: string;
  readonly times: TimesKnown;
  readonly checkpointSeconds: number | null;
  readonly efficiency: number;
  readonly billedSeconds: number;
  readonly lowerBoundSeconds: number;
  readonly makespanSeconds: number;
  readonly moves: number;
}

/** What is measured: a policy, what it is told of the times, and how often runs save themselves. */
export interface Case {
  readonly policy: string;
  readonly times: TimesKnown;
  readonly checkpointSeconds: number | null;
  readonly preset: ConsolidationPreset;
  readonly decide: Policy;
  /** How wrong declared times proved to be in earlier sweeps; null when there were none. */
  readonly knownError: number | null;
}

export const slotsPerNode = 4;
export const startUpMs = 60_000;
const restartMs = 60_000;
const second = 1_000;

export function ours(preset: ConsolidationPreset, times: TimesKnown, checkpointSeconds: number | null): Case {
  return { policy: `juqueue-${preset}`, times, checkpointSeconds, preset, decide: planTick, knownError: null };
}

/** The same, with declared times of which earlier sweeps showed how wrong they are. */
export function oursExperienced(preset: ConsolidationPreset, checkpointSeconds: number | null): Case {
  return { ...ours(preset, 'noisy', checkpointSeconds), knownError: declaredErrorSigma };
}

export function baseline(policy: string, decide: Policy, checkpointSeconds: number | null = null, times: TimesKnown = 'unknown'): Case {
  return { policy, times, checkpointSeconds, preset: 'off', decide, knownError: null };
}

/** Runs all bursts, one after the other, and sums what they cost. */
export function measure(bursts: readonly Burst[], { policy, times, checkpointSeconds, preset, decide, knownError }: Case): Row {
  const random = new Random(1);
  let billedMs = 0;
  let lowerMs = 0;
  let makespanMs = 0;
  let moves = 0;
  for (const burst of bursts) {
    const checkpointMs = checkpointSeconds === null ? null : checkpointSeconds * second;
    const result = simulate(
      scenarioOf({
        runs: declare(burst, times, random),
        slotsPerNode,
        maxAllocations: 10_000,
        walltimeMs: null,
        queueWaitMs: () => 0,
        startUpMs,
        restartMs,
        checkpointMs,
        contract: checkpointMs === null ? { kind: 'undeclared' } : { kind: 'every', everyMs: checkpointMs },
        cluster: { consolidation: preset },
        declaredError: knownError,
        nodeDiesAfterMs: () => null,
      }),
      decide,
      decide === planTick ? 'all' : 'possible',
    );
    billedMs += result.billedMs;
    makespanMs += result.makespanMs;
    moves += result.moves;
    lowerMs += lowerBoundMs(burst.runs, slotsPerNode, startUpMs);
  }
  return toRow(policy, times, checkpointSeconds, { billedMs, lowerMs, makespanMs, moves });
}

/** The oracle's line: see `oracle`. */
export function measureOracle(bursts: readonly Burst[], stretch: number): Row {
  const schedules = bursts.map((burst) =>
    oracle(
      burst.runs.map((run) => run.durationMs),
      slotsPerNode,
      startUpMs,
      stretch,
    ),
  );
  return toRow(`oracle-x${stretch}`, 'exact', null, {
    billedMs: schedules.reduce((sum, schedule) => sum + schedule.billedMs, 0),
    lowerMs: bursts.reduce((sum, burst) => sum + lowerBoundMs(burst.runs, slotsPerNode, startUpMs), 0),
    makespanMs: schedules.reduce((sum, schedule) => sum + schedule.makespanMs, 0),
    moves: 0,
  });
}

function toRow(
  policy: string,
  times: TimesKnown,
  checkpointSeconds: number | null,
  sums: { readonly billedMs: number; readonly lowerMs: number; readonly makespanMs: number; readonly moves: number },
): Row {
  return {
    policy,
    times,
    checkpointSeconds,
    efficiency: sums.lowerMs / sums.billedMs,
    billedSeconds: sums.billedMs / second,
    lowerBoundSeconds: sums.lowerMs / second,
    makespanSeconds: sums.makespanMs / second,
    moves: sums.moves,
  };
}
