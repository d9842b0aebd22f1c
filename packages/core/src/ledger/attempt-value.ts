import type { AttemptOutcome, Run } from '../model/run.ts';

/** What an attempt held its slots for, in ms; the three sum to the time that it held them. */
export interface AttemptValue {
  readonly usefulMs: number;
  readonly redoneMs: number;
  readonly failedMs: number;
}

/**
 * What were the slots of an ended attempt good for? A finish saved all of it; a failure or a cancel wasted all of it; a stop
 * or a loss of its node keeps what was saved until then. `ended` is the run after the end, undefined when its definition is
 * gone. Only what the journal holds counts, so that a restart books the same.
 */
export function attemptValue(ended: Run | undefined, outcome: AttemptOutcome, heldFromMs: number, heldToMs: number): AttemptValue {
  const heldMs = Math.max(0, heldToMs - heldFromMs);
  if (ended === undefined ? outcome.kind === 'exit' && outcome.exitCode === 0 : ended.status === 'finished')
    return { usefulMs: heldMs, redoneMs: 0, failedMs: 0 };
  if (ended?.status === 'failed' || ended?.status === 'inactive' || ended?.reason === 'retry-delay')
    return { usefulMs: 0, redoneMs: 0, failedMs: heldMs };
  const usefulMs = Math.min(heldMs, savedMs(ended, outcome, heldFromMs, heldToMs));
  return { usefulMs, redoneMs: heldMs - usefulMs, failedMs: 0 };
}

/** Runs that declare how often they save are taken at their word, and for the worst of it. */
function savedMs(ended: Run | undefined, outcome: AttemptOutcome, heldFromMs: number, heldToMs: number): number {
  const contract = ended?.definition.checkpoint;
  if (contract?.kind === 'signal' && outcome.kind === 'exit' && (outcome.exitCode === 0 || outcome.exitCode === contract.exitCode))
    return heldToMs - heldFromMs;
  if (outcome.startedAtMs === null) return 0;
  if (outcome.checkpointAtMs !== null) return Math.max(0, outcome.checkpointAtMs - heldFromMs);
  return contract?.kind === 'every' ? Math.max(0, heldToMs - heldFromMs - contract.everyMs) : 0;
}
