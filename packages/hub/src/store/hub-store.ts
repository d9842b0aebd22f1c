import { JuqueueError, WorkerCalls, workerFile } from '@juqueue/core';
import type { Problem } from '@juqueue/core';
import type { JobChange, StoreWorkerData } from './store-shapes.ts';
import type { StoreFunctions } from './store-worker.ts';

/** While the disk is full, or fails, a commit is tried again after this. */
const retryMs = 1_000;
/** A commit that takes longer than this is trouble too: a file system that hangs says nothing. */
const patienceMs = 5_000;
/** Commits until what they wrote is moved from the log of the database into it. */
const commitsBetweenCheckpoints = 200;
const keeperIdleMs = 60_000;

interface Waiting {
  readonly change: JobChange;
  readonly resolve: (seq: number) => void;
}

/**
 * The record, written by one thread and read by another, so that questions wait for no commit. Changes of jobs that come while a commit is under way go together with the next:
 * one `fsync` for all of them. A commit that fails is repeated until it succeeds: what the state says must become durable. Who asks
 * is told meanwhile (`orTrouble`).
 */
export class HubStore implements AsyncDisposable {
  /** For everything that changes something, besides changes of jobs. */
  readonly write: WorkerCalls<StoreFunctions>;
  readonly read: WorkerCalls<StoreFunctions>;
  readonly #keeper: WorkerCalls<StoreFunctions>;
  readonly #onTrouble: (trouble: string | null) => void;
  readonly #asking = new Set<(error: Error) => void>();
  #trouble: string | null = null;
  #waiting: Waiting[] = [];
  #committing: Promise<void> | null = null;
  #newest: Promise<unknown> = Promise.resolve();
  #isClosed = false;
  #commits = 0;

  private constructor(folder: string, onTrouble: (trouble: string | null) => void) {
    const thread = (isWriter: boolean, idleMs: number | null): WorkerCalls<StoreFunctions> =>
      new WorkerCalls(workerFile('store-worker', import.meta.url), { folder, isWriter } satisfies StoreWorkerData, { idleMs });
    this.write = thread(true, null);
    this.read = thread(false, null);
    this.#keeper = thread(false, keeperIdleMs);
    this.#onTrouble = onTrouble;
  }

  /** Throws JQ_DATA_DIR_LOCKED, JQ_DATA_DIR_NEWER. */
  static async open(folder: string, onTrouble: (trouble: string | null) => void): Promise<HubStore> {
    const store = new HubStore(folder, onTrouble);
    await store.write.call('ready', undefined).catch((error: unknown) => {
      throw asRefusal(error);
    });
    return store;
  }

  /** Resolves with the number of the change's last event, when it is durable. */
  commit(change: JobChange): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<number>();
    this.#waiting.push({ change, resolve });
    this.#newest = promise;
    this.#committing ??= this.#commitAll().finally(() => (this.#committing = null));
    return promise;
  }

  /** What keeps the record from being written; null when nothing does. */
  get trouble(): string | null {
    return this.#trouble;
  }

  /** As `recorded`; throws JQ_STORE_UNAVAILABLE as soon as the record cannot be written: nobody waits for a full disk. */
  orTrouble<T>(recorded: Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#asking.add(reject);
    void recorded.then(resolve, reject).finally(() => this.#asking.delete(reject));
    if (this.#trouble !== null) reject(takenLater(this.#trouble));
    return promise;
  }

  /** Resolves when everything that was handed over so far is durable. */
  async settled(): Promise<void> {
    await this.#newest;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await this.#committing?.catch(() => undefined);
    for (const thread of [this.#keeper, this.read, this.write]) await thread[Symbol.asyncDispose]();
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

  /** In a thread of its own: it takes a while. One that fails is made good by the next. */
  #checkpoint(): void {
    if (this.#keeper.pending === 0) this.#keeper.call('checkpoint', undefined).catch(() => undefined);
  }

  async #commitBatch(changes: readonly JobChange[]): Promise<readonly number[]> {
    for (;;) {
      const late = setTimeout(() => this.#tell(`the disk has not taken it for ${patienceMs / 1_000} s`), patienceMs);
      try {
        const seqs = await this.write.call('commit', changes);
        this.#tell(null);
        this.#commits += 1;
        if (this.#commits % commitsBetweenCheckpoints === 0) this.#checkpoint();
        return seqs;
      } catch (error) {
        if (this.#isClosed) throw error;
        this.#tell((error instanceof Error ? error.message : String(error)).replace(/\.$/, ''));
        await new Promise((resolve) => setTimeout(resolve, retryMs));
      } finally {
        clearTimeout(late);
      }
    }
  }

  #tell(trouble: string | null): void {
    if (trouble === this.#trouble) return;
    this.#trouble = trouble;
    this.#onTrouble(trouble);
    if (trouble === null) return;
    for (const refuse of this.#asking) refuse(takenLater(trouble));
    this.#asking.clear();
  }
}

function takenLater(trouble: string): JuqueueError {
  return new JuqueueError(
    'JQ_STORE_UNAVAILABLE',
    `The record of the hub cannot be written: ${trouble}.`,
    'It takes effect as soon as it can be written, unless the hub ends before that. Repeat it later, with the same Idempotency-Key where there is one.',
  );
}

/** A refusal that a thread threw at its start comes as a plain error with its problem beside it. */
function asRefusal(error: unknown): unknown {
  if (!(error instanceof Error) || !('problem' in error)) return error;
  const { code, message, hint } = error.problem as Problem;
  return new JuqueueError(code, message, hint);
}
