import type { Allocation } from '@juqueue/core';
import { billedTime } from '../watch/billed-time.ts';
import type { AccountedExecution } from '../watch/parse-sacct.ts';

/** A job of which we and Slurm's accounting do not say the same. */
export interface BillDifference {
  readonly allocation: string;
  readonly jobId: string;
  readonly ourSeconds: number;
  /** Null when sacct does not know the job. */
  readonly slurmSeconds: number | null;
}

/** Our bills beside those of Slurm's accounting. */
export interface BillComparison {
  readonly jobs: number;
  readonly ourSeconds: number;
  readonly slurmSeconds: number;
  readonly differences: readonly BillDifference[];
}

/** Compares confirmed allocations with what sacct has under their tokens; jobs that have not ended there are left out. */
export function compareBills(
  allocations: readonly Allocation[],
  executionsOf: (token: string) => readonly AccountedExecution[],
): BillComparison {
  const differences: BillDifference[] = [];
  let [jobs, ourSeconds, slurmSeconds] = [0, 0, 0];
  for (const { id, token, jobId, startedAtMs, endedAtMs } of allocations) {
    const executions = executionsOf(token);
    const billed = billedTime(executions);
    if (executions.length > 0 && billed === null) continue;
    const ours = startedAtMs === null || endedAtMs === null ? 0 : (endedAtMs - startedAtMs) / 1_000;
    const slurms = billed === null ? null : billed.startedAtMs === null ? 0 : (billed.endedAtMs - billed.startedAtMs) / 1_000;
    jobs += 1;
    ourSeconds += ours;
    slurmSeconds += slurms ?? 0;
    if (ours !== slurms) differences.push({ allocation: id, jobId: jobId ?? '', ourSeconds: ours, slurmSeconds: slurms });
  }
  return { jobs, ourSeconds, slurmSeconds, differences };
}
