import { join } from 'node:path';
import { workDirPaths } from '@juqueue/core';
import type { Log } from '@juqueue/core';
import { pino } from 'pino';
import type { Logger } from 'pino';
import { WorkerCalls, workerFile } from '@juqueue/core';
import { prettyLine } from './pretty-line.ts';
import type { ManagerLogFunctions } from './manager-log-worker.ts';

/** What waits while the file system hangs; older lines are worth less than memory. */
const bufferedLinesMax = 10_000;

/**
 * The manager's own log: JSON lines in `logs/juqueue.log`, rotated, written by a worker; with `isDebug` on stderr too, on a
 * terminal for people.
 */
export class ManagerLog implements Log, AsyncDisposable {
  readonly #worker: WorkerCalls<ManagerLogFunctions>;
  readonly #logger: Logger;
  #lines: string[] = [];
  #dropped = 0;
  #writing: Promise<void> | null = null;

  constructor(workDir: string, isDebug: boolean) {
    this.#worker = new WorkerCalls(
      workerFile('manager-log-worker', import.meta.url),
      { file: join(workDir, workDirPaths.managerLog) },
      { idleMs: 60_000 },
    );
    const write = (line: string): void => {
      if (isDebug) process.stderr.write(process.stderr.isTTY ? prettyLine(line) : line);
      this.#take(line);
    };
    this.#logger = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime, level: 'info' }, { write });
  }

  info(message: string, data: Readonly<Record<string, unknown>> = {}): void {
    this.#logger.info(data, message);
  }

  warn(message: string, data: Readonly<Record<string, unknown>> = {}): void {
    this.#logger.warn(data, message);
  }

  /** Everything that was logged is written. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing;
    await this.#worker[Symbol.asyncDispose]();
  }

  #take(line: string): void {
    if (this.#lines.length >= bufferedLinesMax) {
      this.#dropped += 1;
      return;
    }
    this.#lines.push(line);
    this.#writing ??= this.#write().finally(() => (this.#writing = null));
  }

  /** Lines that come while one write is under way go with the next. A log that cannot be written stops nothing. */
  async #write(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#lines.length > 0) {
      const lines = this.#lines;
      this.#lines = [];
      if (this.#dropped > 0)
        lines.push(
          `${JSON.stringify({ level: 40, time: new Date().toISOString(), msg: `${this.#dropped} lines were dropped while the log could not be written` })}\n`,
        );
      this.#dropped = 0;
      await this.#worker.call('append', lines.join('')).catch(() => undefined);
    }
  }
}
