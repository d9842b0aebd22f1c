import type { FailureSignature } from '../evolve/failure-signature.ts';
import type { DispatchSample } from '../model/dispatch-time.ts';
import type { LoadSample } from '../model/load.ts';
import type { RunId } from '../model/ids.ts';
import type { StoredEvent } from '../model/events.ts';
import type { AttemptRow, RunRow } from './run-index.ts';

/** One row to put in place or take away; later changes of the same row win. */
export type IndexChange =
  /** `failure` stands beside the row of a failed run. */
  | { readonly kind: 'run'; readonly row: RunRow; readonly failure?: FailureSignature | null }
  | { readonly kind: 'run-removed'; readonly id: RunId }
  | { readonly kind: 'attempt'; readonly row: AttemptRow }
  | { readonly kind: 'load'; readonly sample: LoadSample }
  | { readonly kind: 'dispatch'; readonly sample: DispatchSample }
  | { readonly kind: 'event'; readonly stored: StoredEvent; readonly runs: readonly RunId[] };

/** How the index learns. Changes are queued in order; a question put later sees them. */
export interface IndexFeed {
  /** `seq` is the newest event that these changes include; events up to it are durable. */
  apply(seq: number, changes: readonly IndexChange[]): void;
  appliedSeq(): Promise<number>;
  /** Empties the index, before it is filled anew. */
  reset(): Promise<void>;
}
