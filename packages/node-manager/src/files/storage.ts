import { Worker } from 'node:worker_threads';
import type { NodeId } from '@juqueue/core';
import type { NodeStorage, StorageReport } from '../core/node-ports.ts';
import { Batch } from '../link/batch.ts';
import type { CallOf, ChannelPort, ChannelWorkerData, RunsPort, RunsWorkerData } from './worker-messages.ts';

export interface StorageOptions {
  readonly workDir: string;
  readonly allocation: NodeId;
  readonly host: string;
  /** The program's own file, which is started again in the role of a worker. */
  readonly program: URL;
  readonly observeEveryMs: number;
  readonly sampleEveryMs: number;
}

/** Starts the two file workers and is their port; answers come by `onReport`. */
export function startStorage(options: StorageOptions, onReport: (report: StorageReport) => void): NodeStorage {
  const { workDir, allocation, host, observeEveryMs, sampleEveryMs } = options;
  const channel = startWorker(options.program, { role: 'channel', workDir, allocation } satisfies ChannelWorkerData, onReport);
  const runs = startWorker(
    options.program,
    { role: 'runs', node: allocation, host, observeEveryMs, sampleEveryMs } satisfies RunsWorkerData,
    onReport,
  );
  const channelCalls = new Batch<CallOf<ChannelPort>>((calls) => channel.postMessage(calls));
  const runsCalls = new Batch<CallOf<RunsPort>>((calls) => runs.postMessage(calls));
  const tellChannel = (...call: CallOf<ChannelPort>): void => channelCalls.add(call);
  const tellRuns = (...call: CallOf<RunsPort>): void => runsCalls.add(call);
  return {
    openFolder: (nonce) => tellChannel('openFolder', nonce),
    overwriteHeartbeat: (nonce, counter) => tellChannel('overwriteHeartbeat', nonce, counter),
    append: (nonce, records) => tellChannel('append', nonce, records),
    readOrders: (nonce) => tellChannel('readOrders', nonce),
    writeChallengeEcho: (nonce, challenge) => tellChannel('writeChallengeEcho', nonce, challenge),
    writeFenceConfirmation: (nonce, confirmation) => tellChannel('writeFenceConfirmation', nonce, confirmation),
    watch: (watched) => tellRuns('watch', watched),
    conclude: (conclusion) => tellRuns('conclude', conclusion),
  };
}

/** Workers answer a batch of calls by one batch of reports. */
function startWorker(program: URL, workerData: ChannelWorkerData | RunsWorkerData, onReport: (report: StorageReport) => void): Worker {
  const worker = new Worker(program, { workerData });
  worker.on('message', (reports: readonly StorageReport[]) => reports.forEach(onReport));
  return worker;
}
