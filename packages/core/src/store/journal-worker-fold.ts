import { join } from 'node:path';
import type { AttemptRow } from '../ports/run-index.ts';
import type { StateRecord } from '../ports/saved-state.ts';
import type { RunId } from '../model/ids.ts';
import type { Changes } from '../evolve/changes.ts';
import type { SegmentLink } from './journal-format.ts';
import type { JournalExtent } from './journal-protocol.ts';
import { assert } from '../model/assert.ts';
import { slices } from '../model/slices.ts';
import { SavedStateReader, StateFold } from '../ledger/state-fold.ts';
import { segmentHeaderLength } from './journal-format.ts';
import { journalSchema, migrateEvent } from './journal-schema.ts';
import { stateRecords } from './journal-state-text.ts';
import { BatchReader } from './journal-text.ts';
import { FrameReader } from './journal-worker-reader.ts';
import { readState } from './journal-worker-state.ts';

export interface FoldedJournal {
  /** Behind the newest event that was folded. */
  readonly place: SegmentLink;
  /** When that was recorded. */
  readonly atMs: number;
  readonly records: () => Iterable<StateRecord>;
}

const attemptsPerRecord = 200;

/** The state of a journal after event `seq`: its saved state, and all events behind it up to that one. */
export function foldJournal(directory: string, { state, segments }: JournalExtent, seq: number): FoldedJournal {
  const earlier = (): Iterable<StateRecord> => (state === null ? [] : savedRecords(directory, state.name));
  const fold = restored(earlier());
  const fromSeq = (state?.place.lastSeq ?? 0) + 1;
  const attempts = new EndedAttempts();
  for (const segment of segments) {
    if (segment.lastSeq < fromSeq) continue;
    using reader = new FrameReader(join(directory, segment.name), segment.start, segment.end);
    let batch = new BatchReader();
    while (reader.offset < segment.end) {
      const frame = reader.next();
      assert(frame !== null, `${segment.name} can be read at byte ${reader.offset}`);
      const { lastSeq, isLastOfBatch, atMs } = frame.header;
      if (lastSeq < fromSeq) continue;
      batch.add(frame.text());
      if (!isLastOfBatch) continue;
      const changes = fold.apply(batch.events().map((written) => migrateEvent(journalSchema, segment.schemaVersion, written)));
      attempts.note(changes, (run) => fold.world.run(run) !== undefined);
      batch = new BatchReader();
      if (lastSeq < seq) continue;
      assert(lastSeq === seq, `a batch ends with event ${seq}`);
      return { place: { segment: segment.name, length: frame.end, lastSeq }, atMs, records: () => recordsOf(fold, attempts, earlier()) };
    }
  }
  throw new Error(`the journal ends before event ${seq}`);
}

function restored(records: Iterable<StateRecord>): StateFold {
  const reader = new SavedStateReader();
  let isEmpty = true;
  for (const record of records) {
    if (record.kind === 'attempts') break;
    reader.take(record);
    isEmpty = false;
  }
  return isEmpty ? new StateFold() : reader.fold;
}

function* recordsOf(fold: StateFold, attempts: EndedAttempts, earlier: Iterable<StateRecord>): Generator<StateRecord, void, undefined> {
  yield* fold.saved();
  for (const record of earlier) {
    if (record.kind !== 'attempts') continue;
    const kept = record.attempts.filter(({ run }) => !attempts.removedRuns.has(run));
    if (kept.length > 0) yield { kind: 'attempts', attempts: kept };
  }
  for (const slice of slices(attempts.all(), attemptsPerRecord)) yield { kind: 'attempts', attempts: slice };
}

function* savedRecords(directory: string, name: string): Generator<StateRecord, void, undefined> {
  for (let offset: number | null = segmentHeaderLength; offset !== null;) {
    const piece: ReturnType<typeof readState> = readState(directory, name, offset);
    yield* stateRecords(piece.text);
    offset = piece.next;
  }
}

/** Attempts that have ended, as the index has them: those of a run go with it. */
class EndedAttempts {
  /** Of all that were saved before. */
  readonly removedRuns = new Set<RunId>();
  readonly #byRun = new Map<RunId, AttemptRow[]>();

  note(changes: Changes, exists: (run: RunId) => boolean): void {
    for (const run of changes.removedRuns) {
      this.removedRuns.add(run);
      this.#byRun.delete(run);
    }
    for (const row of changes.attempts.values()) {
      if (row.outcome === null || !exists(row.run)) continue;
      const rows = this.#byRun.get(row.run);
      if (rows === undefined) this.#byRun.set(row.run, [row]);
      else rows.push(row);
    }
  }

  *all(): Generator<AttemptRow, void, undefined> {
    for (const rows of this.#byRun.values()) yield* rows;
  }
}
