import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { planTick } from '@juqueue/core';
import type { ConsolidationPreset } from '@juqueue/core';
import type { Policy } from './scenario.ts';
import type { Burst, TimesKnown } from './workloads.ts';
import { eagerConsolidation, hyperQueue, oneJobPerNode, originalJuqueue, releaseWhenEmpty } from './baselines.ts';
import { lowerBoundMs, oracle, perfectMigrationMs } from './oracle.ts';
import { Random } from './random.ts';
import { simulate } from './simulate.ts';
import { burstsOfTrace, declare, lognormalBursts, paretoBursts, uniformBursts, waveBursts, wideBursts } from './workloads.ts';

/** One line of the table. `checkpointSeconds` is null when runs never save themselves. */
interface Row {
  readonly policy: string;
  readonly times: TimesKnown;
  readonly checkpointSeconds: number | null;
  readonly efficiency: number;
  readonly billedSeconds: number;
  readonly lowerBoundSeconds: number;
  readonly makespanSeconds: number;
  readonly moves: number;
}

interface Case {
  readonly policy: string;
  readonly times: TimesKnown;
  readonly checkpointSeconds: number | null;
  readonly preset: ConsolidationPreset;
  readonly decide: Policy;
}

const slotsPerNode = 4;
const startUpMs = 60_000;
const restartMs = 60_000;
const second = 1_000;

function ours(preset: ConsolidationPreset, times: TimesKnown, checkpointSeconds: number | null): Case {
  return { policy: `juqueue-${preset}`, times, checkpointSeconds, preset, decide: planTick };
}

function baseline(policy: string, decide: Policy, checkpointSeconds: number | null = null, times: TimesKnown = 'unknown'): Case {
  return { policy, times, checkpointSeconds, preset: 'off', decide };
}

const cases: readonly Case[] = [
  baseline('one-job-per-node', oneJobPerNode(slotsPerNode)),
  baseline('release-when-empty', releaseWhenEmpty(slotsPerNode)),
  baseline('original-juqueue', originalJuqueue(slotsPerNode)),
  baseline('hyperqueue', hyperQueue(slotsPerNode, 300_000, 1)),
  baseline('hyperqueue-best', hyperQueue(slotsPerNode, 5_000, 1_000), null, 'exact'),
  baseline('eager-consolidation', eagerConsolidation(slotsPerNode), 600),
  baseline('eager-consolidation', eagerConsolidation(slotsPerNode), 3_600),
  ours('off', 'unknown', null),
  ours('off', 'exact', null),
  ours('aggressive', 'unknown', 600),
  ours('aggressive', 'unknown', 3_600),
  ours('aggressive', 'unknown', null),
  ours('aggressive', 'noisy', 600),
  ours('aggressive', 'exact', 600),
  ours('balanced', 'unknown', 600),
  ours('balanced', 'unknown', 3_600),
  ours('balanced', 'unknown', null),
];

function rowOf(bursts: readonly Burst[], { policy, times, checkpointSeconds, preset, decide }: Case): Row {
  const random = new Random(1);
  let billedMs = 0;
  let lowerMs = 0;
  let makespanMs = 0;
  let moves = 0;
  for (const burst of bursts) {
    const checkpointMs = checkpointSeconds === null ? null : checkpointSeconds * second;
    const result = simulate(
      {
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
        nodeDiesAfterMs: () => null,
      },
      decide,
    );
    billedMs += result.billedMs;
    makespanMs += result.makespanMs;
    moves += result.moves;
    lowerMs += lowerBoundMs(burst.runs, slotsPerNode, startUpMs);
  }
  return toRow(policy, times, checkpointSeconds, { billedMs, lowerMs, makespanMs, moves });
}

function oracleRow(bursts: readonly Burst[], stretch: number): Row {
  const schedules = bursts.map((burst) => oracle(burst.runs.map((run) => run.durationMs), slotsPerNode, startUpMs, stretch));
  return toRow(`oracle-x${stretch}`, 'exact', null, {
    billedMs: schedules.reduce((sum, schedule) => sum + schedule.billedMs, 0),
    lowerMs: bursts.reduce((sum, burst) => sum + lowerBoundMs(burst.runs, slotsPerNode, startUpMs), 0),
    makespanMs: schedules.reduce((sum, schedule) => sum + schedule.makespanMs, 0),
    moves: 0,
  });
}

function toRow(policy: string, times: TimesKnown, checkpointSeconds: number | null, sums: { readonly billedMs: number; readonly lowerMs: number; readonly makespanMs: number; readonly moves: number }): Row {
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

function print(title: string, rows: readonly Row[]): void {
  console.log(`\n${title}`);
  console.log(`${'policy'.padEnd(22)}${'times'.padEnd(9)}${'checkpoint'.padStart(10)}${'efficiency'.padStart(12)}${'billed h'.padStart(11)}${'makespan h'.padStart(12)}${'moves'.padStart(8)}`);
  for (const row of rows) {
    const checkpoint = row.checkpointSeconds === null ? 'none' : `${row.checkpointSeconds / 60} min`;
    const hours = (seconds: number) => (seconds / 3_600).toFixed(0);
    console.log(
      `${row.policy.padEnd(22)}${row.times.padEnd(9)}${checkpoint.padStart(10)}${`${(100 * row.efficiency).toFixed(2)} %`.padStart(12)}${hours(row.billedSeconds).padStart(11)}${hours(row.makespanSeconds).padStart(12)}${String(row.moves).padStart(8)}`,
    );
  }
}

const { values } = parseArgs({ options: { trace: { type: 'string' }, json: { type: 'boolean', default: false } } });
const defaultTrace = new URL('../../data/metacentrum-2013-sweeps.json', import.meta.url);
const trace = burstsOfTrace(readFileSync(values.trace ?? defaultTrace, 'utf8'));
const rows = [...cases.map((one) => rowOf(trace, one)), ...[1, 1.1, 2].map((stretch) => oracleRow(trace, stretch))];
if (values.json) {
  console.log(JSON.stringify(rows, null, 2));
} else {
  const runs = trace.reduce((sum, burst) => sum + burst.runs.length, 0);
  print(`${trace.length} bursts, ${runs} runs, ${slotsPerNode} slots a node, start-up and restart 60 s each`, rows);
  const generated = [
    ['log-normal 1.0', lognormalBursts()],
    ['near-uniform', uniformBursts()],
    ['arrivals in waves', waveBursts()],
    ['runs of one to three slots', wideBursts()],
    ['Pareto 1.2, 30 min to 72 h', paretoBursts()],
  ] as const;
  for (const [title, bursts] of generated) {
    const lines = [baseline('release-when-empty', releaseWhenEmpty(slotsPerNode)), baseline('original-juqueue', originalJuqueue(slotsPerNode)), ours('aggressive', 'unknown', 600), ours('aggressive', 'exact', 600)].map((one) => rowOf(bursts, one));
    print(title, lines);
    if (!title.startsWith('Pareto')) continue;
    const perfectMs = bursts.reduce((sum, burst) => sum + perfectMigrationMs(burst.runs.map((run) => run.durationMs), slotsPerNode, startUpMs), 0);
    console.log(`perfect migration without delay, ∫ceil(A/N): ${(perfectMs / 3_600_000).toFixed(0)} h; juqueue-aggressive reaches ${((100 * perfectMs) / ((lines[2]?.billedSeconds ?? 1) * second)).toFixed(2)} % of it`);
  }
}
