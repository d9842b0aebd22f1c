import type { StoredEvent } from '../model/events.ts';
import type { SavedState } from './saved-state.ts';

/**
 * The truth on disk. Appends are atomic (all events of one call or none), durable when the promise resolves, and kept in
 * the order of the calls. A store that cannot write keeps the batch and tries again until it can: the promise waits.
 */
export interface Store {
  append(events: readonly StoredEvent[]): Promise<void>;
  /** Every event from `fromSeq` on that the saved state does not include, in order, in batches as they were appended. */
  replay(fromSeq: number): AsyncIterable<readonly StoredEvent[]>;
  /** What stands in the place of the oldest events; null when all of them are there. */
  readonly savedState: SavedState | null;
  /** Null for a store that keeps every event for ever. */
  readonly compaction: Compaction | null;
  /** Why the last write did not succeed, while that is so. */
  readonly trouble: string | null;
  close(): Promise<void>;
}

/** Puts a saved state in the place of events, so that a start reads what there is and not all that ever happened. */
export interface Compaction {
  /** Whether so much was appended since the last one that another pays. */
  readonly isDue: boolean;
  /** Saves the state up to this event, which must be in the journal of every later start. Removes nothing. */
  save(seq: number): Promise<CompactionReport>;
  /** Removes what the saved state before the newest one has made needless. Only for a manager that has the right to act. */
  removeOld(): Promise<void>;
}

export interface CompactionReport {
  readonly seq: number;
  /** Of the events that it stands for, and its own. */
  readonly eventBytes: number;
  readonly stateBytes: number;
}
