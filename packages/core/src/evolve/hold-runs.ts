import type { ExperimentHold } from '../model/budget.ts';
import type { Run } from '../model/run.ts';
import { waitingReasons } from '../model/run-status.ts';

/**
 * The run as its experiment's hold leaves it: one that might start waits. A run that we stopped to start it elsewhere goes on,
 * for its slot is kept.
 */
export function heldBack(run: Run, hold: ExperimentHold | null): Run {
  if (hold === null || run.status !== 'ready' || waitingReasons.has(run.reason) || run.reason === 'consolidation') return run;
  return { ...run, reason: hold.reason, detail: hold.because };
}

/** Is it the hold of its experiment for which this run waits, and not one of its own? */
export function waitsForHold(run: Run, hold: ExperimentHold): boolean {
  return run.status === 'ready' && run.reason === hold.reason && run.detail === hold.because;
}
