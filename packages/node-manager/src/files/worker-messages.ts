import type { AttemptName } from '@juqueue/core';
import type { Conclusion, NodeStorage, StorageReport } from '../core/node-ports.ts';
import type { NodeId } from '@juqueue/core';
import type { RunFiles } from '../launch/run-files.ts';

/** A call of one method of a port, as a message: `[method, ...arguments]`. */
export type CallOf<Port> = { [Method in keyof Port]: Port[Method] extends (...args: infer Args) => void ? readonly [Method, ...Args] : never }[keyof Port];

/** The second channel: one worker, so that a run's own files can never stand before the heartbeat. */
export type ChannelPort = Pick<NodeStorage, 'openFolder' | 'overwriteHeartbeat' | 'append' | 'readOrders' | 'writeChallengeEcho' | 'writeFenceConfirmation'>;

/** Files of runs: another worker. */
export interface RunsPort {
  watch(name: AttemptName, files: RunFiles, startedAtMs: number, logLimitBytes: number, script: string): void;
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
}

export type WorkerReport = StorageReport;
