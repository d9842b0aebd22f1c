import { join } from 'node:path';
import { WorkerCalls, workDirPaths, workerFile } from '@juqueue/core';
import type { EpochFiles, FoundManager, ManagerFiles } from '@juqueue/core';
import type { EpochFunctions } from './epoch-worker.ts';

/** The marks of managers in one work-dir, by a worker of their own: epochs, the signature, the counter of who lives. */
export class EpochKeeper implements EpochFiles, ManagerFiles, AsyncDisposable {
  readonly #worker: WorkerCalls<EpochFunctions>;
  #epoch = 0;

  constructor(workDir: string) {
    this.#worker = new WorkerCalls(workerFile('epoch-worker', import.meta.url), {
      epochsDirectory: join(workDir, workDirPaths.epochs),
      counterFile: join(workDir, workDirPaths.managerCounter),
      managerFile: join(workDir, workDirPaths.manager),
    });
  }

  leftManager(): Promise<FoundManager | null> {
    return this.#worker.call('leftManager', undefined);
  }

  readCounter(): Promise<number | null> {
    return this.#worker.call('readCounter', undefined);
  }

  createEpoch(epoch: number): Promise<boolean> {
    return this.#worker.call('create', { epoch, owner: `${process.pid}\n` });
  }

  async sign(epoch: number, hasEnded: boolean): Promise<void> {
    this.#epoch = epoch;
    await this.#worker.call('sign', { epoch, hasEnded });
  }

  /** Notes the orderly end, so that the next start needs not wait for our silence. */
  leave(): Promise<void> {
    return this.sign(this.#epoch, true);
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
