import { JuqueueError } from '@juqueue/core';
import type { Clock, ExecutedScript, ExperimentName, RunName, UsagePoint } from '@juqueue/core';
import { WorkerCalls, workerFile } from '@juqueue/core';
import type { LogPart, LogWindow } from './log-window.ts';
import type { LogPlace, LogReaderFunctions } from './log-reader-worker.ts';
import type { LogMatches, LogSearch } from './search-log.ts';

export type LogStream = 'stdout' | 'stderr';

/** Reads the logs of runs. A log that does not exist (yet) is empty. */
export interface LogReader {
  read(log: LogName, part: LogPart, isRaw: boolean): Promise<LogWindow>;
  search(log: LogName, search: LogSearch): Promise<LogMatches>;
  /** How to do by hand what an attempt did (null: the newest); null when nobody knows. */
  script(run: Omit<LogName, 'stream'>, attempt: number | null): Promise<ExecutedScript | null>;
  /** What an attempt used over time; empty when nobody knows. */
  usage(run: Omit<LogName, 'stream'>, attempt: number): Promise<readonly UsagePoint[]>;
}

export interface LogName {
  readonly experiment: ExperimentName;
  readonly run: RunName;
  readonly stream: LogStream;
}

/** More than these wait only when the file system hangs; then answering at once beats queueing. */
const maxPending = 32;
const patienceMs = 20_000;

/**
 * A LogReader over the files of the work-dir, in workers of its own: a hung file system hangs those alone, and a search of a
 * large log nobody who reads.
 */
export class FileLogReader implements LogReader, AsyncDisposable {
  readonly #reading = logWorker();
  readonly #searching = logWorker();
  readonly #workDir: string;
  readonly #clock: Clock;

  constructor(workDir: string, clock: Clock) {
    this.#workDir = workDir;
    this.#clock = clock;
  }

  read(log: LogName, part: LogPart, isRaw: boolean): Promise<LogWindow> {
    return this.#patiently(this.#reading, () => this.#reading.call('read', { ...this.#place(log), part, isRaw }));
  }

  search(log: LogName, search: LogSearch): Promise<LogMatches> {
    return this.#patiently(this.#searching, () => this.#searching.call('search', { ...this.#place(log), search }));
  }

  usage({ experiment, run }: Omit<LogName, 'stream'>, attempt: number): Promise<readonly UsagePoint[]> {
    return this.#patiently(this.#reading, () =>
      this.#reading.call('usage', { workDir: this.#workDir, path: [experiment, run, 'juqueue-run.json'], attempt }),
    );
  }

  script({ experiment, run }: Omit<LogName, 'stream'>, attempt: number | null): Promise<ExecutedScript | null> {
    return this.#patiently(this.#reading, () =>
      this.#reading.call('script', { workDir: this.#workDir, path: [experiment, run, 'juqueue-run.json'], attempt }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#reading[Symbol.asyncDispose](), this.#searching[Symbol.asyncDispose]()]);
  }

  #place({ experiment, run, stream }: LogName): LogPlace {
    return { workDir: this.#workDir, path: [experiment, run, 'logs', `${stream}.log`] };
  }

  async #patiently<Answer>(worker: WorkerCalls<LogReaderFunctions>, ask: () => Promise<Answer>): Promise<Answer> {
    if (worker.pending >= maxPending) throw hanging(`${maxPending} earlier questions are unanswered`);
    const timeout = Promise.withResolvers<never>();
    const timer = this.#clock.after(patienceMs, () => timeout.reject(hanging(`no answer for ${patienceMs / 1000} s`)));
    try {
      return await Promise.race([ask(), timeout.promise]);
    } finally {
      timer.cancel();
    }
  }
}

function logWorker(): WorkerCalls<LogReaderFunctions> {
  return new WorkerCalls<LogReaderFunctions>(workerFile('log-reader-worker', import.meta.url), undefined, { idleMs: 30_000 });
}

function hanging(what: string): JuqueueError {
  return new JuqueueError(
    'JQ_FILES_UNAVAILABLE',
    `The file system of the work-dir does not answer: ${what}.`,
    'The manager and the runs go on; ask again later.',
  );
}
