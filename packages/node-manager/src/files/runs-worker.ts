import { parentPort } from 'node:worker_threads';
import { assert } from '@juqueue/core';
import { seenOutcome } from '../core/attempt-outcome.ts';
import { describeBlame, whoTookMemory } from '../core/memory-blame.ts';
import { UsageSampler } from '../usage/usage-sampler-worker.ts';
import type { Conclusion, StorageReport, WatchedAttempt } from '../core/node-ports.ts';
import { Batch } from '../link/batch.ts';
import { attemptKey } from '../spawner/spawner-messages.ts';
import { limitLogs } from './log-limit-worker.ts';
import { readLastWords, removeEmptyLog, removeOwnFiles } from './own-files-worker.ts';
import { recordAttempt, recordExecuting } from './run-history-worker.ts';
import { RunObserver } from './run-observer-worker.ts';
import type { CallOf, RunsPort, RunsWorkerData } from './worker-messages.ts';

/** The worker for the files of runs: watches those that execute, and looks at what they left when they end. */
export function runRunsWorker({ node, host, observeEveryMs, sampleEveryMs }: RunsWorkerData): void {
  assert(parentPort !== null, 'the runs worker is a worker');
  const port = parentPort;
  const reports = new Batch<StorageReport>((batch) => port.postMessage(batch));
  const observers = new Map<string, { readonly attemptId: string; readonly observer: RunObserver }>();

  const sampler = new UsageSampler();

  const observe = (): void => {
    const observations = [...observers.values()].flatMap(({ attemptId, observer }) => observer.look(sampler.usageOf(attemptId)) ?? []);
    if (observations.length > 0) reports.add({ kind: 'observed', observations });
    for (const { observer } of observers.values()) limitLogs(observer.files, observer.logLimitBytes);
  };
  setInterval(observe, observeEveryMs);
  setInterval(() => void sampler.sample(), sampleEveryMs);

  const watch = (watched: WatchedAttempt): void => {
    const { attempt, files, startedAtMs, logLimitBytes, script } = watched;
    observers.set(attemptKey(watched), {
      attemptId: watched.attemptId,
      observer: new RunObserver(watched, files, startedAtMs, logLimitBytes),
    });
    sampler.watch(watched);
    recordExecuting(files.history, { attempt, node, host, startedAtMs, script });
  };

  const conclude = (conclusion: Conclusion): void => {
    observers.delete(attemptKey(conclusion));
    const { run, attempt, files, logLimitBytes, definitionHash, script, exit, stopCause, slots } = conclusion;
    const hasFailed = stopCause === null && (exit.kind === 'signal' || (exit.kind === 'exit' && exit.code !== 0));
    const words = readLastWords(files, hasFailed ? conclusion.output : null);
    removeEmptyLog(files.stderr);
    const memory = exit.kind === 'signal' && exit.isOutOfMemory ? sampler.memoryUse(conclusion.attemptId) : null;
    const taker = memory === null ? null : whoTookMemory(memory[0], memory.slice(1));
    const used = sampler.end(conclusion.attemptId);
    const seen = seenOutcome(exit, conclusion, stopCause, words);
    const outcome = {
      ...seen,
      ...(taker === null ? {} : { isBystander: true, detail: `${seen.detail}; ${describeBlame(taker)}` }),
      ...(used === null ? {} : { usage: used.usage }),
    };
    reports.add({ kind: 'concluded', run, attempt, outcome });
    recordAttempt(files.history, {
      attempt,
      node,
      host,
      slots,
      definitionHash,
      outcome,
      script,
      ...(used === null ? {} : { curve: used.curve }),
    });
    removeOwnFiles(files, words);
    limitLogs(files, logLimitBytes);
  };

  port.on('message', (calls: readonly CallOf<RunsPort>[]) => {
    for (const call of calls) {
      if (call[0] === 'watch') watch(call[1]);
      else conclude(call[1]);
    }
  });
}
