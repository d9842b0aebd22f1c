import type { Compaction, CompactionReport, SavedState, StateRecord, Store, StoredEvent } from '@juqueue/core';
import { SavedStateReader, StateFold } from '@juqueue/core';
import type { DiskWorker } from './shared-disk.ts';
import type { SimProcess } from './sim-process.ts';

/** What one start of a manager wrote: its own segments, which name how far the ones before count. */
interface Generation {
  readonly batches: (readonly StoredEvent[])[];
  readonly follows: { readonly generation: Generation; readonly count: number } | null;
  hasBegun: boolean;
  /** How many of its batches somebody outside was told of. */
  toldCount: number;
  /** How many of its batches are part of the journal: all, until a later start begins to write after fewer. */
  keptCount: number;
}

/** A state that was saved when the first `count` batches of this start were there. */
interface SavedFile {
  readonly generation: Generation;
  readonly count: number;
  readonly seq: number;
  readonly text: string;
}

interface ReadJournal {
  readonly state: SavedFile | null;
  /** Behind the state. */
  readonly batches: readonly (readonly StoredEvent[])[];
  readonly writer: Generation;
}

export interface JournalWatcher {
  /** A batch is on disk. `isOfJournal`: no later start has begun to write after a point before it. */
  appended(events: readonly StoredEvent[], isOfJournal: boolean): void;
  replayed(lastSeq: number): void;
  /** A later start begins to write after these, and there were more. */
  cutBack(batches: readonly (readonly StoredEvent[])[]): void;
  broken(sentence: string): void;
}

/**
 * The journal of the work-dir with the rules of the real one: each start writes segments of its own, the newest begun one
 * defines how far those before it count, and what a replaced manager writes late is no part of it. A saved state counts when
 * it ends at a place of this journal; what was removed since then is not read any more.
 */
export class SimJournal {
  readonly #watcher: JournalWatcher;
  #newest: Generation | null = null;
  #states: readonly SavedFile[] = [];
  /** Events up to this one are there no more. */
  #removedSeq = 0;

  constructor(watcher: JournalWatcher) {
    this.#watcher = watcher;
  }

  async open(process: SimProcess, worker: DiskWorker): Promise<SimStore> {
    return new SimStore(this, process, worker, await worker.call({ name: 'read the journal', kind: 'read', run: () => this.#read() }));
  }

  #read(): ReadJournal {
    const last = this.#newest;
    const all = last === null ? [] : chain(last, last.batches.length);
    this.#watcher.replayed(all.at(-1)?.at(-1)?.seq ?? 0);
    const state = this.#states.findLast((file) => last !== null && countsIn(last, last.batches.length, file)) ?? null;
    const batches = all.filter((batch) => (batch.at(-1)?.seq ?? 0) > (state?.seq ?? 0));
    if ((state?.seq ?? 0) < this.#removedSeq)
      this.#watcher.broken(
        `the journal was removed up to event ${this.#removedSeq}, and the state that counts is that of event ${state?.seq ?? 0}`,
      );
    if (state !== null && state.text !== textOf(all.filter((batch) => (batch.at(-1)?.seq ?? 0) <= state.seq)))
      this.#watcher.broken(`the state saved at event ${state.seq} is not what the events up to it give`);
    return {
      state,
      batches,
      writer: {
        batches: [],
        follows: last === null ? null : { generation: last, count: last.batches.length },
        hasBegun: false,
        toldCount: 0,
        keptCount: Number.POSITIVE_INFINITY,
      },
    };
  }

  /** What a thread of the manager folds: all that a start would read, up to this event. */
  fold(writer: Generation, begun: SavedFile | null, seq: number): SavedFile {
    const batches = chain(writer, writer.batches.length).filter((batch) => (batch.at(-1)?.seq ?? 0) <= seq);
    const count = writer.batches.filter((batch) => (batch.at(-1)?.seq ?? 0) <= seq).length;
    return { generation: writer, count, seq, text: textOf(batches, begun) };
  }

  /** It gets its name. */
  publish(state: SavedFile): void {
    this.#states = [...this.#states, state];
  }

  /** All before the state that came before the newest one of this start. */
  remove(earlier: SavedFile | null): void {
    if (earlier === null) return;
    this.#states = this.#states.filter((state) => state.seq >= earlier.seq);
    this.#removedSeq = Math.max(this.#removedSeq, earlier.seq);
  }

  /** Somebody outside was told that the first batches of this start are safe. */
  told(writer: Generation, count: number): void {
    writer.toldCount = Math.max(count, writer.toldCount);
    if (count > writer.keptCount) this.#watcher.broken('a command was acknowledged, and what it changed is no part of the journal');
  }

  #begin(writer: Generation): void {
    this.#newest = writer;
    const { follows } = writer;
    if (follows === null) return;
    follows.generation.keptCount = follows.count;
    if (follows.generation.batches.length === follows.count) return;
    if (follows.generation.toldCount > follows.count)
      this.#watcher.broken('what had been acknowledged is not in the journal of the next start');
    this.#watcher.cutBack(chain(follows.generation, follows.count));
  }

  write(writer: Generation, texts: readonly string[]): void {
    if (!writer.hasBegun) {
      writer.hasBegun = true;
      // A start that began to write before us and read later than we did has the higher generation; ours does not count.
      if (this.#newest === (writer.follows?.generation ?? null)) this.#begin(writer);
      else writer.keptCount = 0;
    }
    for (const text of texts) {
      const events: readonly StoredEvent[] = JSON.parse(text);
      writer.batches.push(events);
      this.#watcher.appended(events, this.#newest === writer);
    }
  }
}

/** Whether the place where the state ends is a place of the journal of which the first `count` batches of this start are part. */
function countsIn(generation: Generation, count: number, state: SavedFile): boolean {
  if (state.generation === generation) return state.count <= count;
  return generation.follows !== null && countsIn(generation.follows.generation, generation.follows.count, state);
}

/** A saved state as its text, folded from events, or from an earlier state and the events behind it. */
function textOf(batches: readonly (readonly StoredEvent[])[], begun: SavedFile | null = null): string {
  const reader = new SavedStateReader();
  for (const record of begun === null ? [] : recordsOf(begun)) if (record.kind !== 'attempts') reader.take(record);
  const fold = begun === null ? new StateFold() : reader.fold;
  for (const batch of batches) if ((batch.at(-1)?.seq ?? 0) > (begun?.seq ?? 0)) fold.apply(batch);
  return [...fold.saved()].map((record) => JSON.stringify(record)).join('\n');
}

function recordsOf(state: SavedFile): readonly StateRecord[] {
  return state.text.split('\n').map((line) => JSON.parse(line) as StateRecord);
}

function chain(generation: Generation, count: number): readonly (readonly StoredEvent[])[] {
  const before = generation.follows === null ? [] : chain(generation.follows.generation, generation.follows.count);
  return [...before, ...generation.batches.slice(0, count)];
}

/** A compaction after so many events: often enough that most worlds see several. */
const compactionEvents = 15;
/** How long a thread folds, and how long the file system takes to name a file or remove some. */
const foldMs = 300;
const fileMs = 40;

/** Between two tries of a write that failed. */
const retryMs = 1_000;
/** As the real store: one that has not answered for this long says so. */
const silenceMs = 5_000;

/** One start's store: groups appends, keeps what could not be written and tries again. */
export class SimStore implements Store {
  readonly #journal: SimJournal;
  readonly #process: SimProcess;
  readonly #worker: DiskWorker;
  readonly #batches: ReadJournal['batches'];
  readonly #writer: Generation;
  readonly savedState: SavedState | null;
  readonly compaction: Compaction;
  #waiting: { readonly text: string; readonly sinceMs: number; readonly resolve: () => void }[] = [];
  #writingSinceMs: number | null = null;
  #trouble: string | null = null;

  constructor(journal: SimJournal, process: SimProcess, worker: DiskWorker, { state, batches, writer }: ReadJournal) {
    this.#journal = journal;
    this.#process = process;
    this.#worker = worker;
    this.#batches = batches;
    this.#writer = writer;
    this.savedState =
      state === null
        ? null
        : {
            seq: state.seq,
            records: async function* () {
              yield* recordsOf(state);
            },
          };
    this.compaction = new SimCompaction(journal, process, worker, writer, state);
  }

  get trouble(): string | null {
    if (this.#trouble !== null || this.#writingSinceMs === null) return this.#trouble;
    return this.#process.monotonicMs() - this.#writingSinceMs < silenceMs ? null : 'the journal does not answer';
  }

  append(events: readonly StoredEvent[]): Promise<void> {
    return new Promise((resolve) => {
      // As text, as it would be on disk: nothing that is not in it comes back.
      this.#waiting.push({ text: JSON.stringify(events), sinceMs: this.#process.monotonicMs(), resolve });
      this.#process.act('append', () => this.#write());
    });
  }

  async *replay(fromSeq: number): AsyncGenerator<readonly StoredEvent[], void, undefined> {
    for (const batch of this.#batches) {
      const events = batch.filter((stored) => stored.seq >= fromSeq);
      if (events.length > 0) yield events;
    }
  }

  /** How many batches this start has written. */
  get count(): number {
    return this.#writer.batches.length;
  }

  /** Somebody outside was told that the first batches are safe. */
  told(count: number): void {
    this.#journal.told(this.#writer, count);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #write(): void {
    const writer = this.#writer;
    if (this.#writingSinceMs !== null || this.#waiting.length === 0) return;
    const group = this.#waiting;
    this.#waiting = [];
    this.#writingSinceMs = group[0]?.sinceMs ?? null;
    const texts = group.map(({ text }) => text);
    this.#worker.do({ name: 'append to the journal', kind: 'write', run: () => this.#journal.write(writer, texts) }, (answer) => {
      this.#writingSinceMs = null;
      if (answer.kind === 'failed') {
        this.#trouble = answer.message;
        this.#waiting = [...group, ...this.#waiting];
        this.#process.after(retryMs, () => this.#write());
        return;
      }
      this.#trouble = null;
      this.#process.act('appended', () => {
        for (const { resolve } of group) resolve();
      });
      this.#write();
    });
  }
}

/** The steps of a compaction, with time between them in which its process may die, stall or be replaced. */
class SimCompaction implements Compaction {
  readonly #journal: SimJournal;
  readonly #process: SimProcess;
  readonly #worker: DiskWorker;
  readonly #writer: Generation;
  #state: SavedFile | null;
  #earlier: SavedFile | null = null;

  constructor(journal: SimJournal, process: SimProcess, worker: DiskWorker, writer: Generation, state: SavedFile | null) {
    this.#journal = journal;
    this.#process = process;
    this.#worker = worker;
    this.#writer = writer;
    this.#state = state;
  }

  get isDue(): boolean {
    const newest = this.#writer.batches.at(-1)?.at(-1)?.seq ?? 0;
    return newest - (this.#state?.seq ?? 0) >= compactionEvents;
  }

  async save(seq: number): Promise<CompactionReport> {
    const state = this.#journal.fold(this.#writer, this.#state, seq);
    await this.#step(foldMs);
    this.#journal.publish(state);
    await this.#step(fileMs);
    [this.#state, this.#earlier] = [state, this.#state];
    return { seq, eventBytes: 0, stateBytes: state.text.length };
  }

  async removeOld(): Promise<void> {
    await this.#step(fileMs);
    this.#journal.remove(this.#earlier);
    await this.#step(fileMs);
  }

  #step(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#process.after(ms, () => (this.#worker.isWell ? resolve() : reject(new Error('EIO: the work-dir does not answer'))));
    });
  }
}
