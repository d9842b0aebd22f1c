import type { Store, StoredEvent } from '@juqueue/core';
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
 * defines how far those before it count, and what a replaced manager writes late is no part of it.
 */
export class SimJournal {
  readonly #watcher: JournalWatcher;
  #newest: Generation | null = null;

  constructor(watcher: JournalWatcher) {
    this.#watcher = watcher;
  }

  open(process: SimProcess, worker: DiskWorker): SimStore {
    return new SimStore(this, process, worker);
  }

  read(): { readonly batches: readonly (readonly StoredEvent[])[]; readonly writer: Generation } {
    const last = this.#newest;
    const batches = last === null ? [] : chain(last, last.batches.length);
    this.#watcher.replayed(batches.at(-1)?.at(-1)?.seq ?? 0);
    return { batches, writer: { batches: [], follows: last === null ? null : { generation: last, count: last.batches.length }, hasBegun: false, toldCount: 0, keptCount: Number.POSITIVE_INFINITY } };
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
    if (follows.generation.toldCount > follows.count) this.#watcher.broken('what had been acknowledged is not in the journal of the next start');
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

function chain(generation: Generation, count: number): readonly (readonly StoredEvent[])[] {
  const before = generation.follows === null ? [] : chain(generation.follows.generation, generation.follows.count);
  return [...before, ...generation.batches.slice(0, count)];
}

/** Between two tries of a write that failed. */
const retryMs = 1_000;
/** As the real store: one that has not answered for this long says so. */
const silenceMs = 5_000;

/** One start's store: groups appends, keeps what could not be written and tries again. */
export class SimStore implements Store {
  readonly #journal: SimJournal;
  readonly #process: SimProcess;
  readonly #worker: DiskWorker;
  #writer: Generation | null = null;
  #waiting: { readonly text: string; readonly sinceMs: number; readonly resolve: () => void }[] = [];
  #writingSinceMs: number | null = null;
  #trouble: string | null = null;

  constructor(journal: SimJournal, process: SimProcess, worker: DiskWorker) {
    this.#journal = journal;
    this.#process = process;
    this.#worker = worker;
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
    const read = await this.#worker.call({ name: 'read the journal', kind: 'read', run: () => this.#journal.read() });
    this.#writer = read.writer;
    for (const batch of read.batches) {
      const events = batch.filter((stored) => stored.seq >= fromSeq);
      if (events.length > 0) yield events;
    }
  }

  /** How many batches this start has written. */
  get count(): number {
    return this.#writer?.batches.length ?? 0;
  }

  /** Somebody outside was told that the first batches are safe. */
  told(count: number): void {
    if (this.#writer !== null) this.#journal.told(this.#writer, count);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #write(): void {
    const writer = this.#writer;
    if (this.#writingSinceMs !== null || this.#waiting.length === 0 || writer === null) return;
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
