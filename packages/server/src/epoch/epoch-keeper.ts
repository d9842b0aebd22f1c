import { join } from 'node:path';
import { workDirPaths } from '@juqueue/core';
import type { ManagerFiles } from '@juqueue/core';
import { WorkerCalls, workerFile } from '../workers/worker-calls.ts';
import type { EpochFunctions } from './epoch-worker.ts';

/** The right to act on a work-dir: the highest epoch. Taken once at start, confirmed before acts, shown alive by a counter. */
export class EpochKeeper implements ManagerFiles, AsyncDisposable {
  readonly #worker: WorkerCalls<EpochFunctions>;
  #epoch = 0;

  constructor(workDir: string) {
    this.#worker = new WorkerCalls(workerFile('epoch-worker', import.meta.url), {
      epochsDirectory: join(workDir, workDirPaths.epochs),
      counterFile: join(workDir, workDirPaths.managerCounter),
    });
  }

  /** Takes an epoch above `above` and above all that exist. `owner` says who holds it, for people. */
  async take(above: number, owner: string): Promise<number> {
    this.#epoch = await this.#worker.call('take', { above, owner });
    return this.#epoch;
  }

  highestEpoch(): Promise<number> {
    return this.#worker.call('highest', undefined);
  }

  async writeCounter(counter: number): Promise<void> {
    await this.#worker.call('writeCounter', `${this.#epoch} ${counter}\n`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker[Symbol.asyncDispose]();
  }
}
