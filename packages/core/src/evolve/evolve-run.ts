import type { Observation, Run } from '../model/run.ts';
import type { AttemptOutcome, Execution, StopRequest } from '../model/run.ts';
import type { RunDefinition } from '../model/definition.ts';
import type { DependencyState } from './dependency-index.ts';
import { assert } from '../model/assert.ts';
import { endAttempt } from './end-attempt.ts';

/** The run is wanted: ready, or waiting for what it depends on. Counters of failures start over. */
export function resumeRun(run: Run, dependencies: DependencyState, waitsFor: string | null, atMs: number): Run {
  const wanted: Run = {
    ...run,
    changedAtMs: atMs,
    detail: null,
    retriesUsed: 0,
    crashes: 0,
    stopsWithoutProgress: 0,
    eligibleAtMs: null,
    status: 'ready',
    reason: 'queued',
  };
  return applyDependencies(wanted, dependencies, waitsFor, atMs);
}

/** A run that begins anew: what it saved and how far it came counts no more. */
export function freshRun(run: Run): Run {
  return { ...run, startsFresh: true, hasShownCheckpoint: false, bestProgress: null, newestCheckpointAtMs: null };
}

/** What a run that is wanted becomes when its dependencies are in this state. */
export function applyDependencies(run: Run, dependencies: DependencyState, waitsFor: string | null, atMs: number): Run {
  switch (dependencies) {
    case 'met':
      return { ...run, changedAtMs: atMs, status: 'ready', reason: 'queued', detail: null };
    case 'waiting':
      return { ...run, changedAtMs: atMs, status: 'ready', reason: 'blocked', detail: waitsFor };
    case 'failed':
      return { ...run, changedAtMs: atMs, status: 'inactive', reason: 'dependency-failed', detail: waitsFor };
  }
}

/** Blocked, queued and dependency-failed runs go where their dependencies send them; all others stay. */
export function followsDependencies({ status, reason }: Run): boolean {
  return (status === 'ready' && (reason === 'blocked' || reason === 'queued')) || (status === 'inactive' && reason === 'dependency-failed');
}

export function cancelReadyRun(run: Run, because: string | null, atMs: number): Run {
  return { ...run, changedAtMs: atMs, status: 'inactive', reason: 'user-cancelled', detail: because, eligibleAtMs: null };
}

/** It stays ready and is not started; a retry that it waited for is forgotten. */
export function holdRun(run: Run, because: string | null, atMs: number): Run {
  return { ...run, changedAtMs: atMs, reason: 'held', detail: because, eligibleAtMs: null };
}

/** As if its definition said so. The hash stays that of the file, so only a change there takes it back. */
export function prioritiseRun(run: Run, priority: number, atMs: number): Run {
  return { ...run, changedAtMs: atMs, definition: { ...run.definition, priority } };
}

export function placeRun(run: Run, attempt: number, execution: Execution, atMs: number): Run {
  return { ...run, changedAtMs: atMs, status: 'running', reason: 'starting', detail: null, attempt, execution };
}

export function startRun(
  run: Run,
  { slots, pid, startedAtMs }: { readonly slots: readonly number[]; readonly pid: number; readonly startedAtMs: number },
  atMs: number,
): Run {
  if (run.execution === null) return run;
  const execution: Execution = { ...run.execution, slots, pid, startedAtMs };
  return {
    ...run,
    changedAtMs: atMs,
    reason: run.reason === 'starting' ? 'running' : run.reason,
    execution,
    ...(run.startsFresh === true ? { startsFresh: false } : {}),
  };
}

/** The first stop request gives the cause; a later one may only shorten the grace. */
export function requestStop(run: Run, stop: StopRequest, atMs: number): Run {
  if (run.execution === null) return run;
  const first = run.execution.stop;
  const kept = first === null ? stop : { ...first, graceMs: Math.min(first.graceMs, stop.graceMs) };
  return { ...run, changedAtMs: atMs, reason: 'stopping', detail: kept.cause, execution: { ...run.execution, stop: kept } };
}

export function withdrawStop(run: Run, atMs: number): Run {
  if (run.execution === null) return run;
  const execution: Execution = { ...run.execution, stop: null };
  return {
    ...run,
    changedAtMs: atMs,
    reason: runningReason(execution),
    detail: null,
    execution,
    hasRefusedToSave: run.hasRefusedToSave || run.execution.stop?.cause === 'consolidation',
  };
}

/** The reason of a running run, from its execution alone (its node is heard). */
export function runningReason(execution: Execution): 'starting' | 'running' | 'stopping' {
  if (execution.stop !== null) return 'stopping';
  return execution.startedAtMs === null ? 'starting' : 'running';
}

/** The run as news of its node leave it: silent, or whatever its execution says. */
export function markByNode(run: Run, news: 'node-linked' | 'node-unlinked' | 'node-silent', atMs: number): Run {
  if (run.execution === null) return run;
  const reason = news === 'node-silent' ? news : runningReason(run.execution);
  return run.reason === reason ? run : { ...run, reason, changedAtMs: atMs };
}

/** The run after the end of its attempt. What a reload had decided for that moment is the caller's. */
export function endRun(
  run: Run,
  outcome: AttemptOutcome,
  observation: Observation | undefined,
  atMs: number,
  walltimeMs: number | null = null,
): Run {
  const ending = endAttempt(run, outcome, observation, atMs, walltimeMs);
  const isMove = ending.reason === 'consolidation';
  return {
    ...run,
    ...ending,
    changedAtMs: atMs,
    execution: null,
    outcome,
    hasShownCheckpoint: run.hasShownCheckpoint || outcome.checkpointAtMs !== null || observation?.fileChangedAtMs != null,
    bestProgress: larger(run.bestProgress, outcome.progress),
    newestCheckpointAtMs: larger(run.newestCheckpointAtMs, outcome.checkpointAtMs),
    movesByConsolidation: run.movesByConsolidation + (isMove ? 1 : 0),
    lastMovedAtMs: isMove ? atMs : run.lastMovedAtMs,
  };
}

/**
 * The run with an attempt that the work-dir tells of. A run that waits goes where the end of that attempt takes it; one that
 * nobody asked for only learns that it has finished or failed before; every other keeps its status.
 */
export function recallRun(run: Run, attempt: number, outcome: AttemptOutcome | null, atMs: number): Run {
  assert(run.execution === null && attempt > run.attempt, `attempt ${attempt} of ${run.id}, which is at ${run.attempt}, is found`);
  const numbered: Run = { ...run, attempt, changedAtMs: atMs };
  if (outcome === null || run.status === 'finished') return numbered;
  const ended = endRun(numbered, outcome, undefined, atMs);
  return run.status === 'ready' || ended.status === 'finished' || ended.status === 'failed' ? ended : { ...numbered, outcome };
}

/** A run that is not executing takes its new definition at once; what it has achieved stays. */
export function redefineRun(run: Run, definition: RunDefinition, definitionHash: string, atMs: number): Run {
  return { ...run, definition, definitionHash, changedAtMs: atMs, hasRefusedToSave: false };
}

function larger(a: number | null, b: number | null): number | null {
  if (a === null) return b;
  return b === null ? a : Math.max(a, b);
}
