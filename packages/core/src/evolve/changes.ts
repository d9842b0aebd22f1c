import type { AllocationId, RunId } from '../model/ids.ts';
import type { AttemptRow } from '../ports/run-index.ts';

/** The records that events changed, which may be more than the events name: a run that ends lets others become ready. */
export interface Touched {
  readonly runs: ReadonlySet<RunId>;
  readonly removedRuns: ReadonlySet<RunId>;
  readonly allocations: ReadonlySet<AllocationId>;
}

/** What a batch of events changed, for those who show or index it. Collected by `World.apply`. */
export class Changes implements Touched {
  readonly runs = new Set<RunId>();
  readonly removedRuns = new Set<RunId>();
  readonly allocations = new Set<AllocationId>();
  readonly attempts = new Map<string, AttemptRow>();

  /** Takes over changes that came later and removed no run. */
  add(later: Changes): void {
    for (const run of later.runs) this.runs.add(run);
    for (const allocation of later.allocations) this.allocations.add(allocation);
    for (const [key, row] of later.attempts) this.attempts.set(key, row);
  }

  noteAttempt(row: AttemptRow): void {
    this.attempts.set(`${row.run}#${row.attempt}`, row);
  }
}
