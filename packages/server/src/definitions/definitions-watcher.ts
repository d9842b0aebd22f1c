import { Worker } from 'node:worker_threads';
import { assertNever, workerFile } from '@juqueue/core';
import type { NamedFile } from './file-mark.ts';
import type { WatchInput, WatchMessage } from './definitions-watch-worker.ts';
import type { WatchListener, WatchTimes } from './watch-def-dir.ts';

/**
 * Settling: an editor's write and rename are within a few milliseconds, a copied folder within some hundred. Polling: soon
 * enough for people, and a look at a few files every five seconds costs nothing.
 */
export const defaultWatchTimes: WatchTimes = { settleMs: 200, pollMs: 5_000 };

/** Watches a def-dir from a worker thread: a hanging file system stops the watching and nothing else. */
export class DefinitionsWatcher implements AsyncDisposable {
  readonly #worker: Worker;
  /** Resolves when changes from now on are told. */
  readonly watching: Promise<void>;

  constructor(defDir: string, listener: WatchListener, times: WatchTimes = defaultWatchTimes) {
    const input: WatchInput = { defDir, times };
    this.#worker = new Worker(workerFile('definitions-watch-worker', import.meta.url), { workerData: input });
    this.#worker.unref();
    this.#worker.on('error', (error: Error) => listener.trouble(`the definitions are not watched any more: ${error.message}`));
    this.watching = new Promise((resolve) => {
      this.#worker.on('exit', () => resolve());
      this.#worker.on('message', (message: WatchMessage) => {
        switch (message.kind) {
          case 'watching':
            return resolve();
          case 'changed':
            return listener.changed();
          case 'trouble':
            return listener.trouble(message.message);
          default:
            return assertNever(message);
        }
      });
    });
  }

  /** Looks at these files too, every now and then. */
  lookAlsoAt(files: readonly NamedFile[]): void {
    this.#worker.postMessage(files);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }
}
