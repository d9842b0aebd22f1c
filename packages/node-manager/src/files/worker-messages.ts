import type { Conclusion, NodeStorage, StorageReport, WatchedAttempt } from '../core/node-ports.ts';
import type { NodeId } from '@juqueue/core';

/** A call of one method of a port, as a message: `[method, ...arguments]`. */
export type CallOf<Port> = {
  [Method in keyof Port]: Port[Method] extends (...args: infer Args) => void ? readonly [Method, ...Args] : never;
}[keyof Port];

/** The second channel: one worker, so that a run's own files can never stand before the heartbeat. */
export type ChannelPort = Pick<
  NodeStorage,
  'openFolder' | 'overwriteHeartbeat' | 'append' | 'readOrders' | 'writeChallengeEcho' | 'writeFenceConfirmation'
>;

/** Files of runs: another worker. */
export interface RunsPort {
  watch(watched: WatchedAttempt): void;
  conclude(conclusion: Conclusion): void;
}

export interface ChannelWorkerData {
  readonly role: 'channel';
  readonly workDir: string;
  readonly allocation: NodeId;
}

export interface RunsWorkerData {
  readonly role: 'runs';
  readonly node: NodeId;
  readonly host: string;
  readonly observeEveryMs: number;
  readonly sampleEveryMs: number;
}

export type WorkerReport = StorageReport;
