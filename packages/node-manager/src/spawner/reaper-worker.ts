import { parentPort } from 'node:worker_threads';
import { assert } from '@juqueue/core';
import { sweep } from './sweeper.ts';

export interface ReaperWorkerData {
  readonly role: 'reaper';
  readonly attemptIds: readonly string[];
  /** Of the spawner that died: everything with it is left over. */
  readonly mark: number;
}

/** Ends every process of attempts whose spawner has died; says so when none is left, and ends. */
export async function runReaperWorker({ attemptIds, mark }: ReaperWorkerData): Promise<void> {
  assert(parentPort !== null, 'the reaper is a worker');
  const ids = new Set(attemptIds);
  await sweep((marks) => (marks.attemptId !== null && ids.has(marks.attemptId)) || marks.inherited?.mark === mark);
  parentPort.postMessage('swept');
}
