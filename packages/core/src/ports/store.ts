import type { StoredEvent } from '../model/events.ts';

/**
 * The truth on disk. Appends are atomic (all events of one call or none), durable when the promise resolves, and kept in
 * the order of the calls. A store that cannot write keeps the batch and tries again until it can: the promise waits.
 */
export interface Store {
  append(events: readonly StoredEvent[]): Promise<void>;
  /** Every event from `fromSeq` on, in order, in batches as they were appended. */
  replay(fromSeq: number): AsyncIterable<readonly StoredEvent[]>;
  /** Why the last write did not succeed, while that is so. */
  readonly trouble: string | null;
  close(): Promise<void>;
}
