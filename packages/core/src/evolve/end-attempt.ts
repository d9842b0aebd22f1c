import type { AttemptOutcome, Observation, Run } from '../model/run.ts';
import type { RunReason, RunStatus, StopCause } from '../model/run-status.ts';
import { assertNever } from '../model/assert.ts';
import { formatDuration } from '../model/duration.ts';
import { signalNumbers } from '../model/signal-numbers.ts';
import { wholeSliceMs } from '../decide/fit.ts';
import { runLimits } from './run-limits.ts';

/** Where the end of an attempt takes its run, and the counters that it moves. */
export interface Ending {
  readonly status: RunStatus;
  readonly reason: RunReason;
  readonly detail: string | null;
  readonly eligibleAtMs: number | null;
  readonly retriesUsed: number;
  readonly crashes: number;
  readonly stopsWithoutProgress: number;
}

/**
 * What does this outcome mean for the run? The table of run status, row by row: an exit that nobody asked for speaks for
 * itself; an exit after our request means what the request meant; a death with its node means nothing but the loss.
 * Planned stops never use up retries. `walltimeMs` is that of the allocation it was on, when it has one.
 */
export function endAttempt(
  run: Run,
  outcome: AttemptOutcome,
  observation: Observation | undefined,
  atMs: number,
  walltimeMs: number | null,
): Ending {
  const keep = {
    detail: outcome.detail,
    eligibleAtMs: null,
    retriesUsed: run.retriesUsed,
    crashes: run.crashes,
    stopsWithoutProgress: run.stopsWithoutProgress,
  };
  const askedFor =
    outcome.stopCause ?? (outcome.kind === 'exit' || outcome.kind === 'signal' ? null : (run.execution?.stop?.cause ?? null));

  if (outcome.kind === 'lost')
    return endWithNode(run, outcome, run.execution?.stop?.cause ?? outcome.stopCause, observation, walltimeMs, keep);
  if (outcome.kind === 'exit' && outcome.exitCode === 0 && (outcome.stopCause === null || run.definition.checkpoint.kind === 'signal')) {
    return { ...keep, status: 'finished', reason: 'exit', retriesUsed: 0, crashes: 0, stopsWithoutProgress: 0 };
  }
  if (askedFor !== null) return endByCause(run, askedFor, outcome, observation, walltimeMs, keep);

  switch (outcome.kind) {
    case 'never-started':
      return { ...keep, status: 'ready', reason: 'queued' };
    case 'exit':
    case 'signal':
    case 'out-of-memory':
      if (outcome.isBystander === true) return endAsBystander(run, outcome, keep, atMs);
      if (run.retriesUsed < run.definition.retries && isWorthRetry(run.definition, outcome)) {
        return {
          ...keep,
          status: 'ready',
          reason: 'retry-delay',
          retriesUsed: run.retriesUsed + 1,
          eligibleAtMs: atMs + (run.definition.retryDelayMs ?? runLimits.retryDelayMs),
        };
      }
      return { ...keep, status: 'failed', reason: outcome.kind };
    default:
      return assertNever(outcome.kind);
  }
}

/** A death by the kernel's hand is SIGKILL, 137 as a shell counts. */
function isWorthRetry({ retryOn }: Run['definition'], outcome: AttemptOutcome): boolean {
  if (retryOn === undefined) return true;
  const code =
    outcome.kind === 'exit'
      ? outcome.exitCode
      : 128 + (signalNumbers[outcome.kind === 'out-of-memory' ? 'SIGKILL' : (outcome.signal ?? '')] ?? 0);
  return code !== null && retryOn.includes(code);
}

type Kept = Omit<Ending, 'status' | 'reason'>;

/**
 * Only a death under an executing attempt counts towards the crash limit: no attempt that never began, none that was to
 * end anyway, and no planned end of its node. A request of ours comes before what the end of the node was caused by.
 */
function endWithNode(
  run: Run,
  outcome: AttemptOutcome,
  cause: StopCause | null,
  observation: Observation | undefined,
  walltimeMs: number | null,
  keep: Kept,
): Ending {
  if (cause === 'user' || cause === 'time-limit' || cause === 'walltime' || cause === 'preempted')
    return endByCause(run, cause, outcome, observation, walltimeMs, keep);
  if (cause !== null || outcome.startedAtMs === null) return { ...keep, status: 'ready', reason: 'node-lost' };
  const crashes = run.crashes + 1;
  if (crashes >= (run.definition.crashLimit ?? runLimits.crashLimit)) {
    return { ...keep, crashes, status: 'failed', reason: 'crash-limit', detail: `${crashes} nodes died under it; ${outcome.detail}` };
  }
  return { ...keep, crashes, status: 'ready', reason: 'node-lost' };
}

/** Tried again without using up a retry, when the one that took the memory had time to end. Not for ever: it counts as a crash of its node. */
function endAsBystander(run: Run, outcome: AttemptOutcome, keep: Kept, atMs: number): Ending {
  const crashes = run.crashes + 1;
  if (crashes < (run.definition.crashLimit ?? runLimits.crashLimit))
    return {
      ...keep,
      crashes,
      status: 'ready',
      reason: 'retry-delay',
      eligibleAtMs: atMs + (run.definition.retryDelayMs ?? runLimits.retryDelayMs),
    };
  return { ...keep, crashes, status: 'failed', reason: 'crash-limit', detail: `${crashes} times its node failed it; ${outcome.detail}` };
}

function endByCause(
  run: Run,
  cause: StopCause,
  outcome: AttemptOutcome,
  observation: Observation | undefined,
  walltimeMs: number | null,
  keep: Kept,
): Ending {
  switch (cause) {
    case 'user':
      return { ...keep, status: 'inactive', reason: 'user-cancelled' };
    case 'time-limit':
      return { ...keep, status: 'failed', reason: 'time-limit' };
    case 'consolidation':
    case 'node-lost':
    case 'manager-stop':
    case 'definition-changed':
      return { ...keep, status: 'ready', reason: cause };
    case 'walltime':
    case 'preempted':
      return endByAllocation(run, cause, outcome, observation, walltimeMs, keep);
    default:
      return assertNever(cause);
  }
}

/**
 * The allocation ended under the run. A run that shows no sign of progress over two such stops in a row would be
 * restarted for ever, so it fails and says what it cost; one that can never resume and outlived a whole walltime without
 * a known time fails at once. On a node that was near its end already, it only had too little time.
 */
function endByAllocation(
  run: Run,
  cause: 'walltime' | 'preempted',
  outcome: AttemptOutcome,
  observation: Observation | undefined,
  walltimeMs: number | null,
  keep: Kept,
): Ending {
  if (outcome.startedAtMs === null) return { ...keep, status: 'ready', reason: cause };
  const spentMs = outcome.endedAtMs - outcome.startedAtMs;
  const spent = formatDuration(spentMs);
  const hadWhole = walltimeMs === null || spentMs >= wholeSliceMs(walltimeMs);
  if (hadWhole && cause === 'walltime' && !canResume(run, observation) && run.definition.timeMs === null) {
    return {
      ...keep,
      status: 'failed',
      reason: 'no-progress',
      detail: `it needs more than ${spent} and cannot resume; ${spent} were lost`,
    };
  }
  if (showsProgress(run, outcome, observation)) return { ...keep, stopsWithoutProgress: 0, status: 'ready', reason: cause };
  const stops = run.stopsWithoutProgress + 1;
  if (stops >= runLimits.stopsWithoutProgress) {
    return {
      ...keep,
      stopsWithoutProgress: stops,
      status: 'failed',
      reason: 'no-progress',
      detail: `stopped ${stops} times in a row by ${cause} without a newer checkpoint, higher progress or a changed file; the last attempt cost ${spent}`,
    };
  }
  return { ...keep, stopsWithoutProgress: stops, status: 'ready', reason: cause };
}

function canResume(run: Run, observation: Observation | undefined): boolean {
  const kind = run.definition.checkpoint.kind;
  if (kind === 'none') return false;
  return kind !== 'undeclared' || run.hasShownCheckpoint || observation?.checkpointAtMs != null || observation?.fileChangedAtMs != null;
}

function showsProgress(run: Run, outcome: AttemptOutcome, observation: Observation | undefined): boolean {
  if (outcome.checkpointAtMs !== null && outcome.checkpointAtMs > (run.newestCheckpointAtMs ?? 0)) return true;
  if (outcome.progress !== null && outcome.progress > (run.bestProgress ?? 0)) return true;
  return observation?.fileChangedAtMs != null;
}
