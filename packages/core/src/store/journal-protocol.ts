import type { BatchPiece } from './journal-text.ts';
import type { ReadableSegment } from './journal-worker-read.ts';
import type { StateFile } from './journal-worker-state.ts';

/** Where the journal cannot be read any more, although what stood there had been acknowledged. */
export interface JournalDamage {
  readonly segment: string;
  readonly offset: number;
  /** The newest event before the damage; 0 and null when there is none. */
  readonly lastGoodSeq: number;
  readonly lastGoodAtMs: number | null;
}

/** What opening found and did that somebody may want to know. */
export type JournalNotice =
  /** The last write before a crash was not complete, so it was never acknowledged; its bytes are not read. */
  | { readonly kind: 'torn-tail'; readonly segment: string; readonly bytes: number; readonly lastSeq: number }
  /** These saved states are damaged; an older one, and the events since then, say the same. */
  | { readonly kind: 'states-passed-over'; readonly states: readonly string[] }
  /** The damaged remainder now stands in these files, and the journal goes on after `damage.lastGoodSeq`. */
  | { readonly kind: 'repaired'; readonly damage: JournalDamage; readonly setAside: readonly string[] };

/** What the journal's thread is started with. */
export interface JournalWorkerData {
  readonly directory: string;
  readonly schemaVersion: number;
  readonly segmentBytes: number;
  readonly repair: boolean;
}

/** First answer of the thread. */
export type JournalOpening =
  | {
      readonly kind: 'open';
      readonly lastSeq: number;
      readonly notices: readonly JournalNotice[];
      readonly state: OpenedState | null;
      readonly eventBytes: number;
    }
  | { readonly kind: 'damaged'; readonly damage: JournalDamage }
  | { readonly kind: 'newer'; readonly segment: string; readonly schemaVersion: number; readonly knownVersion: number }
  | { readonly kind: 'unusable'; readonly message: string };

/** The saved state with which the journal begins. */
export interface OpenedState {
  readonly name: string;
  readonly seq: number;
  readonly length: number;
}

/** What a compaction begins with: the journal as it is at this moment. */
export interface JournalExtent {
  readonly generation: number;
  readonly state: StateFile | null;
  /** The saved state before that one, which is kept in case that one is damaged. */
  readonly earlierState: StateFile | null;
  readonly segments: readonly ReadableSegment[];
}

/** A place between two frames. */
export interface JournalPlace {
  readonly segment: string;
  readonly offset: number;
}

export interface PieceToAppend extends BatchPiece {
  /** Of the batch; pieces of one batch follow each other. */
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly atMs: number;
}

export type JournalRequest =
  | { readonly kind: 'append'; readonly pieces: readonly PieceToAppend[] }
  /** The next pieces from `place` on (null: the beginning) of batches that hold events from `fromSeq` on. */
  | { readonly kind: 'read'; readonly id: number; readonly fromSeq: number; readonly place: JournalPlace | null }
  | { readonly kind: 'read-state'; readonly id: number; readonly name: string; readonly offset: number }
  | { readonly kind: 'extent'; readonly id: number }
  /** There is a newer saved state now. */
  | { readonly kind: 'state-saved'; readonly state: StateFile }
  /** These segments are there no more. */
  | { readonly kind: 'removed'; readonly names: readonly string[] }
  | { readonly kind: 'close' };

export interface PieceRead extends BatchPiece {
  readonly schemaVersion: number;
}

export type JournalReply =
  /** All batches up to this event are durable; `eventBytes` is what this opening has written so far. */
  | { readonly kind: 'durable'; readonly lastSeq: number; readonly eventBytes: number }
  | { readonly kind: 'trouble'; readonly sentence: string | null }
  | { readonly kind: 'pieces'; readonly id: number; readonly pieces: readonly PieceRead[]; readonly next: JournalPlace | null }
  | { readonly kind: 'state'; readonly id: number; readonly text: string; readonly next: number | null }
  | { readonly kind: 'extent'; readonly id: number; readonly extent: JournalExtent }
  | { readonly kind: 'unreadable'; readonly id: number; readonly isDamaged: boolean; readonly message: string }
  | { readonly kind: 'closed' };

/** The damage as a sentence: where, and from which event on something is lost. */
export function describeDamage(damage: JournalDamage): string {
  const good =
    damage.lastGoodAtMs === null
      ? 'no event before it can be read'
      : `the last event before it is number ${damage.lastGoodSeq} of ${new Date(damage.lastGoodAtMs).toISOString()}`;
  return `The journal is damaged in ${damage.segment} at byte ${damage.offset}; ${good}.`;
}
