import type { StoredEvent } from '../model/events.ts';
import type { Store } from '../ports/store.ts';
import { assert } from '../model/assert.ts';

/** A store that forgets with the process: for tests and simulation. What it holds can be opened again with `memory`. */
export class MemoryStore implements Store {
  readonly trouble: string | null = null;
  readonly savedState = null;
  readonly compaction = null;
  readonly #batches: (readonly StoredEvent[])[];
  #isClosed = false;

  constructor(memory: (readonly StoredEvent[])[] = []) {
    this.#batches = memory;
  }

  append(events: readonly StoredEvent[]): Promise<void> {
    assert(!this.#isClosed, 'nothing is appended to a closed store');
    if (events.length > 0) this.#batches.push([...events]);
    return Promise.resolve();
  }

  async *replay(fromSeq: number): AsyncGenerator<readonly StoredEvent[], void, undefined> {
    for (const batch of [...this.#batches]) {
      const events = batch.filter((stored) => stored.seq >= fromSeq);
      if (events.length > 0) yield events;
    }
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return Promise.resolve();
  }
}
