import { parentPort } from 'node:worker_threads';
import { assert } from '@juqueue/core';
import { seenOutcome } from '../core/attempt-outcome.ts';
import type { Conclusion, StorageReport } from '../core/node-ports.ts';
import { Batch } from '../link/batch.ts';
import { attemptKey } from '../spawner/spawner-messages.ts';
import { limitLogs } from './log-limit-worker.ts';
import { readLastWords, removeEmptyLog, removeOwnFiles } from './own-files-worker.ts';
import { recordAttempt, recordExecuting } from './run-history-worker.ts';
import { RunObserver } from './run-observer-worker.ts';
import type { CallOf, RunsPort, RunsWorkerData } from './worker-messages.ts';

/** The worker for the files of runs: watches those that execute, and looks at what they left when they end. */
export function runRunsWorker({ node, host, observeEveryMs }: RunsWorkerData): void {
  assert(parentPort !== null, 'the runs worker is a worker');
  const port = parentPort;
  const reports = new Batch<StorageReport>((batch) => port.postMessage(batch));
  const observers = new Map<string, RunObserver>();

  const observe = (): void => {
    const observations = [...observers.values()].flatMap((observer) => observer.look() ?? []);
    if (observations.length > 0) reports.add({ kind: 'observed', observations });
    for (const { files, logLimitBytes } of observers.values()) limitLogs(files, logLimitBytes);
  };
  setInterval(observe, observeEveryMs);

  const watch = ([, name, files, startedAtMs, logLimitBytes, script]: Extract<CallOf<RunsPort>, readonly ['watch', ...unknown[]]>): void => {
    observers.set(attemptKey(name), new RunObserver(name, files, startedAtMs, logLimitBytes));
    recordExecuting(files.history, { attempt: name.attempt, node, host, startedAtMs, script });
  };

  const conclude = (conclusion: Conclusion): void => {
    observers.delete(attemptKey(conclusion));
    const { run, attempt, files, logLimitBytes, definitionHash, script, exit, stopCause, slots } = conclusion;
    const hasFailed = stopCause === null && (exit.kind === 'signal' || (exit.kind === 'exit' && exit.code !== 0));
    const words = readLastWords(files, hasFailed ? conclusion.output : null);
    removeEmptyLog(files.stderr);
    const outcome = seenOutcome(exit, conclusion, stopCause, words);
    reports.add({ kind: 'concluded', run, attempt, outcome });
    recordAttempt(files.history, { attempt, node, host, slots, definitionHash, outcome, script });
    removeOwnFiles(files, words);
    limitLogs(files, logLimitBytes);
  };

  port.on('message', (calls: readonly CallOf<RunsPort>[]) => {
    for (const call of calls) {
      if (call[0] === 'watch') watch(call);
      else conclude(call[1]);
    }
  });
}
