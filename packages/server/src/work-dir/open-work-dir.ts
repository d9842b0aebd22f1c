import { join } from 'node:path';
import { eventSchemaVersion, JuqueueError, workDirPaths } from '@juqueue/core';
import { WorkerCalls, workerFile } from '@juqueue/core';
import { takeLock } from './work-dir-lock.ts';
import type { WorkDirFacts, WorkDirFunctions } from './work-dir-worker.ts';

export interface WorkDirSurroundings {
  readonly uid: number;
  /** `$XDG_STATE_HOME/juqueue` or `~/.local/state/juqueue`. */
  readonly stateDir: string;
}

/** A work-dir that is ours, private, understood and locked until it is disposed of. */
export interface OpenWorkDir extends WorkDirFacts, AsyncDisposable {}

/**
 * Makes the work-dir if need be, locks it and checks it. Throws JuqueueError: not writable, locked by another manager
 * (whose host and process are named), open to others, not the folder that we made, or written by a newer version.
 */
export async function openWorkDir(workDir: string, surroundings: WorkDirSurroundings): Promise<OpenWorkDir> {
  await using worker = new WorkerCalls<WorkDirFunctions>(workerFile('work-dir-worker', import.meta.url));
  const path = await worker.call('prepare', workDir);
  const lockFile = join(path, workDirPaths.lock);
  const lock = await takeLock(lockFile);
  if (lock.kind === 'taken') throw locked(path, lockFile, await worker.call('holder', path));
  const release = lock.kind === 'held' ? lock.release : async () => undefined;
  try {
    const facts = await worker.call('examine', {
      workDir: path,
      stateDir: surroundings.stateDir,
      uid: surroundings.uid,
      schema: eventSchemaVersion,
    });
    const notices =
      lock.kind === 'held'
        ? facts.notices
        : [...facts.notices, 'This machine has no flock, so an original JuQueue on the same work-dir would not be noticed.'];
    return { ...facts, notices, [Symbol.asyncDispose]: release };
  } catch (error) {
    await release();
    throw error;
  }
}

function locked(workDir: string, lockFile: string, holder: { readonly host: string; readonly pid: number } | null): JuqueueError {
  const who =
    holder === null
      ? `a program that left no name, perhaps an original JuQueue (lslocks ${lockFile} shows it)`
      : `the manager with process ${holder.pid} on ${holder.host}`;
  return new JuqueueError(
    'JQ_WORK_DIR_LOCKED',
    `The work-dir ${workDir} is locked by ${who}.`,
    'Stop that one first (juqueue stop), or use another work-dir.',
  );
}
