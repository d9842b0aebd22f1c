import { WorkerCalls, workerFile } from '@juqueue/core';
import type { JobChange } from './store-shapes.ts';
import type { StoreFunctions } from './store-worker.ts';

/** While the disk is full, or fails, a commit is tried again after this. */
const retryMs = 1_000;

interface Waiting {
  readonly change: JobChange;
  readonly resolve: (seq: number) => void;
}

/**
 * The record, kept by a thread of its own. Changes of jobs that come while a commit is under way go together with the next:
 * one `fsync` for all of them. A commit that fails is repeated until it succeeds: what the state says must become durable.
 */
export class HubStore implements AsyncDisposable {
  readonly #worker: WorkerCalls<StoreFunctions>;
  readonly #onTrouble: (trouble: string | null) => void;
  #waiting: Waiting[] = [];
  #committing: Promise<void> | null = null;
  #newest: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(folder: string, onTrouble: (trouble: string | null) => void) {
    this.#worker = new WorkerCalls(workerFile('store-worker', import.meta.url), { folder });
    this.#onTrouble = onTrouble;
  }

  /** Everything but commits. */
  get read(): WorkerCalls<StoreFunctions> {
    return this.#worker;
  }

  /** Resolves with the number of the change's last event, when it is durable. */
  commit(change: JobChange): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<number>();
    this.#waiting.push({ change, resolve });
    this.#newest = promise;
    this.#committing ??= this.#commitAll().finally(() => (this.#committing = null));
    return promise;
  }

  /** Resolves when everything that was handed over so far is durable. */
  async settled(): Promise<void> {
    await this.#newest;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await this.#committing?.catch(() => undefined);
    await this.#worker[Symbol.asyncDispose]();
  }

  async #commitAll(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      const seqs = await this.#commitBatch(batch.map(({ change }) => change));
      batch.forEach(({ resolve }, index) => resolve(seqs[index] ?? 0));
    }
  }

  async #commitBatch(changes: readonly JobChange[]): Promise<readonly number[]> {
    for (let isFirst = true; ; isFirst = false) {
      try {
        const seqs = await this.#worker.call('commit', changes);
        if (!isFirst) this.#onTrouble(null);
        return seqs;
      } catch (error) {
        if (this.#isClosed) throw error;
        this.#onTrouble(error instanceof Error ? error.message : String(error));
        await new Promise((resolve) => setTimeout(resolve, retryMs));
      }
    }
  }
}
