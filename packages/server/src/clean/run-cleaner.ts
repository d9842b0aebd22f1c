import { WorkerCalls, workerFile } from '@juqueue/core';
import type { Clock, EngineApi, Log, RunId } from '@juqueue/core';
import { neededByOthers, objection } from './cleanable.ts';
import type { CleanFunctions, FolderOfRun } from './clean-worker.ts';

export interface CleanWish {
  readonly runs: readonly RunId[];
  /** Only runs that ended at least so long ago. */
  readonly olderThanMs: number;
  readonly isDryRun: boolean;
}

/** `cleaned` runs have no folder any more, or would have none. */
export interface CleanResult {
  readonly cleaned: number;
  readonly skipped: readonly { readonly run: RunId; readonly because: string }[];
}

export interface RunCleanerOptions {
  readonly engine: Pick<EngineApi, 'experiments' | 'run'>;
  readonly workDir: string;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly log: Log;
}

/** Folders in one message; the state of runs is looked at again between two. */
const foldersPerMessage = 100;
const workerIdleMs = 10_000;

/**
 * Deletes the folders of runs that have ended: outputs, logs, history of attempts. The runs themselves stay, with their status
 * and their part of the account. It answers when the folders are out of the way; the deletion goes on behind that.
 */
export class RunCleaner implements AsyncDisposable {
  readonly #options: RunCleanerOptions;
  readonly #worker = new WorkerCalls<CleanFunctions>(workerFile('clean-worker', import.meta.url), undefined, { idleMs: workerIdleMs });

  constructor(options: RunCleanerOptions) {
    this.#options = options;
  }

  async clean({ runs, olderThanMs, isDryRun }: CleanWish): Promise<CleanResult> {
    const { engine, clock, log, workDir } = this.#options;
    const isNeeded = neededByOthers(engine);
    const skipped: { run: RunId; because: string }[] = [];
    const stays = (id: RunId): string | null => objection(engine.run(id), olderThanMs, clock.nowMs(), isNeeded);
    let cleaned = 0;
    for (let from = 0; from < runs.length; from += foldersPerMessage) {
      const part = runs.slice(from, from + foldersPerMessage);
      const objections = part.map((run) => ({ run, because: stays(run) }));
      for (const { run, because } of objections) if (because !== null) skipped.push({ run, because });
      const meant = objections.flatMap(({ run, because }) => (because === null ? run : []));
      if (isDryRun || meant.length === 0) {
        cleaned += meant.length;
        continue;
      }
      const answers = await this.#worker.call('setAside', { workDir, folders: meant.map(folderOf) });
      for (const [index, run] of meant.entries()) {
        const answer = answers[index] ?? null;
        const because = stays(run);
        if (answer === 'absent') skipped.push({ run, because: 'it has no folder' });
        else if (answer !== null) skipped.push({ run, because: answer });
        else if (because !== null) {
          // Somebody wanted it again while its folder left.
          await this.#worker.call('putBack', { workDir, folder: folderOf(run) });
          skipped.push({ run, because });
        } else cleaned += 1;
      }
    }
    if (!isDryRun && cleaned > 0) {
      log.info(`the folders of ${cleaned} runs are deleted, as was asked`);
      void this.#worker
        .call('deleteAll', { workDir })
        .catch((error: unknown) => log.warn(`folders that were set aside cannot be deleted: ${String(error)}`));
    }
    return { cleaned, skipped };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker[Symbol.asyncDispose]();
  }
}

function folderOf(id: RunId): FolderOfRun {
  const at = id.indexOf('@');
  return { experiment: id.slice(0, at), run: id.slice(at + 1) };
}
