import type { AccountedExecution } from './parse-sacct.ts';
import { jobPhase } from './job-states.ts';

/** The time for which an allocation is billed, by Slurm's accounting. */
export interface BilledTime {
  /** Null when it never had a node. */
  readonly startedAtMs: number | null;
  readonly endedAtMs: number;
  readonly stateText: string;
  readonly host: string | null;
}

/**
 * What Slurm bills for all executions of one job, requeued and resized ones included; null while one of them has no end
 * yet. Several are told as one interval from the first start on that is as long as all of them: its length is the bill,
 * the waits between them are not.
 */
export function billedTime(executions: readonly AccountedExecution[]): BilledTime | null {
  const inOrder = executions.toSorted(
    (a, b) => (a.submittedAtMs ?? 0) - (b.submittedAtMs ?? 0) || (a.startedAtMs ?? 0) - (b.startedAtMs ?? 0),
  );
  const last = inOrder.at(-1);
  if (last === undefined || last.endedAtMs === null || jobPhase(last.state) === 'running' || jobPhase(last.state) === 'waiting')
    return null;
  let startedAtMs: number | null = null;
  let billedMs = 0;
  let host: string | null = null;
  for (const execution of inOrder) {
    if (execution.endedAtMs === null) return null;
    if (execution.nodes === '' || execution.startedAtMs === null) continue;
    startedAtMs ??= execution.startedAtMs;
    billedMs += Math.max(0, execution.endedAtMs - execution.startedAtMs);
    host = execution.nodes;
  }
  return { startedAtMs, endedAtMs: startedAtMs === null ? last.endedAtMs : startedAtMs + billedMs, stateText: last.state, host };
}
