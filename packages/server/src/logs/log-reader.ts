import { JuqueueError } from '@juqueue/core';
import type { Clock, ExperimentName, RunName } from '@juqueue/core';
import { WorkerCalls, workerFile } from '@juqueue/core';
import type { LogPart, LogWindow } from './log-window.ts';
import type { LogReaderFunctions } from './log-reader-worker.ts';

export type LogStream = 'stdout' | 'stderr';

/** Reads the logs of runs. A log that does not exist (yet) is empty. */
export interface LogReader {
  read(experiment: ExperimentName, run: RunName, stream: LogStream, part: LogPart): Promise<LogWindow>;
}

/** More than these wait only when the file system hangs; then answering at once beats queueing. */
const maxPending = 32;
const patienceMs = 20_000;

/** A LogReader over the files of the work-dir, in a worker of its own: a hung file system hangs that worker alone. */
export class FileLogReader implements LogReader, AsyncDisposable {
  readonly #calls = new WorkerCalls<LogReaderFunctions>(workerFile('log-reader-worker', import.meta.url), undefined, { idleMs: 30_000 });
  readonly #workDir: string;
  readonly #clock: Clock;

  constructor(workDir: string, clock: Clock) {
    this.#workDir = workDir;
    this.#clock = clock;
  }

  async read(experiment: ExperimentName, run: RunName, stream: LogStream, part: LogPart): Promise<LogWindow> {
    if (this.#calls.pending >= maxPending) throw hanging(`${maxPending} earlier questions are unanswered`);
    const path = [experiment, run, 'logs', `${stream}.log`];
    const timeout = Promise.withResolvers<never>();
    const timer = this.#clock.after(patienceMs, () => timeout.reject(hanging(`no answer for ${patienceMs / 1000} s`)));
    try {
      return await Promise.race([this.#calls.call('read', { workDir: this.#workDir, path, part }), timeout.promise]);
    } finally {
      timer.cancel();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#calls[Symbol.asyncDispose]();
  }
}

function hanging(what: string): JuqueueError {
  return new JuqueueError('JQ_FILES_UNAVAILABLE', `The file system of the work-dir does not answer: ${what}.`, 'The manager and the runs go on; ask again later.');
}
