import type { AttemptOutcome, Execution, Run } from '../model/run.ts';
import type { IndexChange } from '../ports/index-feed.ts';
import type { FailureSignature } from './failure-signature.ts';
import { failureSignature } from './failure-signature.ts';
import type { AttemptRow, RunRow } from '../ports/run-index.ts';

/** The run's row as the index learns it. */
export function runChange(run: Run): IndexChange {
  const failure = failureSignature(run);
  return { kind: 'run', row: rowOf(run, failure), failure };
}

/** The run as lists show it. */
export function runRow(run: Run): RunRow {
  return rowOf(run, failureSignature(run));
}

function rowOf(run: Run, failure: FailureSignature | null): RunRow {
  return {
    id: run.id,
    experiment: run.experiment,
    name: run.name,
    status: run.status,
    reason: run.reason,
    detail: run.detail,
    clusters: run.definition.clusters,
    node: run.execution?.node ?? null,
    attempt: run.attempt,
    priority: run.definition.priority,
    slots: run.definition.resources.slots,
    parameters: run.definition.parameters,
    createdAtMs: run.createdAtMs,
    changedAtMs: run.changedAtMs,
    startedAtMs: run.execution?.startedAtMs ?? run.outcome?.startedAtMs ?? null,
    endedAtMs: run.execution === null ? (run.outcome?.endedAtMs ?? null) : null,
    exitCode: run.execution === null ? (run.outcome?.exitCode ?? null) : null,
    failure: failure?.id ?? null,
  };
}

export function attemptRow(run: Run, execution: Execution, outcome: AttemptOutcome | null): AttemptRow {
  return {
    run: run.id,
    attempt: run.attempt,
    node: execution.node,
    slots: execution.slots,
    pid: execution.pid,
    placedAtMs: execution.placedAtMs,
    startedAtMs: execution.startedAtMs ?? outcome?.startedAtMs ?? null,
    endedAtMs: outcome?.endedAtMs ?? null,
    outcome,
  };
}
