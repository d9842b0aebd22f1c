import type { AllocationId, RunId } from '../model/ids.ts';
import type { AttemptRow } from '../ports/run-index.ts';

/** What a batch of events changed, for those who show or index it. Collected by `World.apply`. */
export class Changes {
  readonly runs = new Set<RunId>();
  readonly removedRuns = new Set<RunId>();
  readonly allocations = new Set<AllocationId>();
  readonly attempts = new Map<string, AttemptRow>();

  noteAttempt(row: AttemptRow): void {
    this.attempts.set(`${row.run}#${row.attempt}`, row);
  }
}
