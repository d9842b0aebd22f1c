import { WorkerCalls, workerFile } from '@juqueue/core';
import { slurmTimes } from '../slurm-times.ts';
import type { SlurmFilesFunctions } from './slurm-files-worker.ts';

/** The files that an allocation needs before it is submitted, written in a thread of their own. */
export class SlurmFiles implements AsyncDisposable {
  readonly #worker = new WorkerCalls<SlurmFilesFunctions>(workerFile('slurm-files-worker', import.meta.url), undefined, {
    idleMs: slurmTimes.filesIdleMs,
  });

  /** Null when both are there; else a sentence, after a time limit too: a file system may hang for minutes. */
  async prepare(outputFolder: string, config: { readonly file: string; readonly content: string }): Promise<string | null> {
    const limit = Promise.withResolvers<string>();
    const timer = setTimeout(
      () => limit.resolve(`the work-dir did not take ${config.file} within ${slurmTimes.configWriteMs / 1000} s`),
      slurmTimes.configWriteMs,
    );
    const written = Promise.all([this.#worker.call('makeFolder', outputFolder), this.#worker.call('writePrivate', config)]).then(
      () => null,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    try {
      return await Promise.race([written, limit.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker[Symbol.asyncDispose]();
  }
}
