import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Case, Row } from './measure.ts';
import { eagerConsolidation, hyperQueue, oneJobPerNode, originalJuqueue, releaseWhenEmpty } from './baselines.ts';
import { baseline, measure, measureOracle, ours, oursExperienced, slotsPerNode, startUpMs } from './measure.ts';
import { perfectMigrationMs } from './oracle.ts';
import { burstsOfTrace, lognormalBursts, paretoBursts, uniformBursts, waveBursts, wideBursts } from './workloads.ts';

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

function print(title: string, rows: readonly Row[]): void {
  console.log(`\n${title}`);
  console.log(
    `${'policy'.padEnd(22)}${'times'.padEnd(9)}${'checkpoint'.padStart(10)}${'efficiency'.padStart(12)}${'billed h'.padStart(11)}${'makespan h'.padStart(12)}${'moves'.padStart(8)}`,
  );
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
const rows = [...cases.map((one) => measure(trace, one)), ...[1, 1.1, 2].map((stretch) => measureOracle(trace, stretch))];
if (values.json) {
  console.log(JSON.stringify(rows, null, 2));
} else {
  const runs = trace.reduce((sum, burst) => sum + burst.runs.length, 0);
  print(`${trace.length} bursts, ${runs} runs, ${slotsPerNode} slots a node, start-up and restart 60 s each`, rows);
  print('the same, when earlier sweeps have shown how wrong declared times are', [measure(trace, oursExperienced('aggressive', 600))]);
  const generated = [
    ['log-normal 1.0', lognormalBursts()],
    ['near-uniform', uniformBursts()],
    ['arrivals in waves', waveBursts()],
    ['runs of one to three slots', wideBursts()],
    ['Pareto 1.2, 30 min to 72 h', paretoBursts()],
  ] as const;
  for (const [title, bursts] of generated) {
    const lines = [
      baseline('release-when-empty', releaseWhenEmpty(slotsPerNode)),
      baseline('original-juqueue', originalJuqueue(slotsPerNode)),
      ours('aggressive', 'unknown', 600),
      ours('aggressive', 'exact', 600),
    ].map((one) => measure(bursts, one));
    print(title, lines);
    if (!title.startsWith('Pareto')) continue;
    const perfectMs = bursts.reduce(
      (sum, burst) =>
        sum +
        perfectMigrationMs(
          burst.runs.map((run) => run.durationMs),
          slotsPerNode,
          startUpMs,
        ),
      0,
    );
    console.log(
      `perfect migration without delay, ∫ceil(A/N): ${(perfectMs / 3_600_000).toFixed(0)} h; juqueue-aggressive reaches ${((100 * perfectMs) / (1_000 * (lines[2]?.billedSeconds ?? 1))).toFixed(2)} % of it`,
    );
  }
}
