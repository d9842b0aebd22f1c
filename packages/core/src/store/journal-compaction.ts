import type { Compaction, CompactionReport } from '../ports/store.ts';
import type { JournalExtent, JournalRequest, OpenedState } from './journal-protocol.ts';
import type { compactionFunctions } from './compaction-worker.ts';
import { WorkerCalls } from '../workers/worker-calls.ts';
import { workerUrl } from './worker-url.ts';

interface JournalAsked {
  readonly extent: () => Promise<JournalExtent>;
  readonly post: (request: Extract<JournalRequest, { kind: 'state-saved' | 'removed' }>) => void;
}

export interface CompactionBegin {
  readonly directory: string;
  readonly compactionBytes: number;
  readonly state: OpenedState | null;
  readonly eventBytes: number;
}

/**
 * Compaction of a journal, in a thread of its own that reads what a start would read, folds it as a start would, and writes
 * down what came out; so the main thread does nothing for it. The thread ends soon afterwards and with it all that it held.
 */
export class JournalCompaction implements Compaction {
  readonly #begin: CompactionBegin;
  readonly #journal: JournalAsked;
  readonly #worker = new WorkerCalls<typeof compactionFunctions>(workerUrl('compaction-worker', import.meta.url), { idleMs: workerIdleMs });
  #eventBytes: number;
  #stateBytes: number;
  #writtenBytes = 0;

  constructor(begin: CompactionBegin, journal: JournalAsked) {
    this.#begin = begin;
    this.#journal = journal;
    this.#eventBytes = begin.eventBytes;
    this.#stateBytes = begin.state?.length ?? 0;
  }

  /** Not before the events weigh as much as the state: so all compactions together write no more than was appended. */
  get isDue(): boolean {
    return this.#eventBytes + this.#writtenBytes >= Math.max(this.#begin.compactionBytes, this.#stateBytes);
  }

  /** All that was written since the journal was opened. */
  noteWritten(bytes: number): void {
    this.#writtenBytes = bytes;
  }

  async save(seq: number): Promise<CompactionReport> {
    const extent = await this.#journal.extent();
    const eventBytes = this.#eventBytes + this.#writtenBytes;
    const { name, place, length } = await this.#worker.call('save', { directory: this.#begin.directory, extent, seq });
    this.#journal.post({ kind: 'state-saved', state: { name, place } });
    this.#eventBytes -= eventBytes;
    this.#stateBytes = length;
    return { seq, eventBytes, stateBytes: length };
  }

  async removeOld(): Promise<void> {
    const names = await this.#worker.call('removeOld', { directory: this.#begin.directory, extent: await this.#journal.extent() });
    this.#journal.post({ kind: 'removed', names });
  }

  async close(): Promise<void> {
    await this.#worker[Symbol.asyncDispose]();
  }
}

/** From the saving to the removal, and no longer: the thread holds a whole state. */
const workerIdleMs = 2_000;
