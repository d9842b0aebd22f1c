import type { AttemptOutcome, Clock, Log, NodeMessage, Nonce, Observation, RunId, SpoolRecord, StopCause } from '@juqueue/core';
import type { RunFiles } from '../launch/run-files.ts';
import type { OutputStarts } from '../spawner/log-files.ts';
import type { LaunchPlan } from '../launch/launch-plan.ts';
import type { AttemptName } from '@juqueue/core';
import type { Exit } from '../spawner/spawner-messages.ts';
import type { SignalName } from '@juqueue/core';

/** The node's end of the link. It reconnects by itself until it is closed; ups and downs come as inputs. */
export interface LinkEnd {
  /** Begins to connect. */
  open(): void;
  /** Dropped when the link is down. */
  send(message: NodeMessage): void;
  /** Gives the present connection up and tries anew, at once. */
  reconnect(): void;
  /** After everything that was sent. */
  close(): void;
}

/** What is needed to watch an attempt while it executes. */
export interface WatchedAttempt extends AttemptName {
  readonly attemptId: string;
  readonly files: RunFiles;
  readonly startedAtMs: number;
  readonly logLimitBytes: number;
  /** How to do the same by hand. */
  readonly script: string;
  /** As the variable that lists devices names them. */
  readonly devices: readonly string[];
  readonly memory: MemoryWish;
}

/** What of the node's memory is an attempt's to hold: so many bytes, or a part of what there is. */
export type MemoryWish = { readonly kind: 'bytes'; readonly bytes: number } | { readonly kind: 'part'; readonly part: number };

/** What a finished attempt needs for its outcome: the worker adds what the program left in its files. */
export interface Conclusion extends AttemptName {
  readonly attemptId: string;
  readonly files: RunFiles;
  /** How to do the same by hand; kept with the attempt. */
  readonly script: string;
  readonly logLimitBytes: number;
  readonly definitionHash: string | null;
  readonly exit: Exit;
  readonly startedAtMs: number | null;
  readonly endedAtMs: number;
  readonly stopCause: StopCause | null;
  readonly slots: readonly number[];
  readonly output: OutputStarts;
}

/** The work-dir as the node uses it, off the main thread. Nothing waits for an answer; answers come as inputs. */
export interface NodeStorage {
  openFolder(nonce: Nonce): void;
  overwriteHeartbeat(nonce: Nonce, counter: number): void;
  append(nonce: Nonce, records: readonly SpoolRecord[]): void;
  /** Reads challenge and fence anew. */
  readOrders(nonce: Nonce): void;
  writeChallengeEcho(nonce: Nonce, challenge: string): void;
  writeFenceConfirmation(nonce: Nonce, confirmation: string): void;
  /** Notes in the run's history what executes. From now on changes of the run's own files are reported, coalesced, as `observed`. */
  watch(watched: WatchedAttempt): void;
  /** Ends the watch, writes the run's history, answers `concluded`. */
  conclude(conclusion: Conclusion): void;
}

export type StorageReport =
  | { readonly kind: 'folder-opened'; readonly nonce: Nonce }
  | { readonly kind: 'heartbeat-overwritten'; readonly nonce: Nonce; readonly counter: number }
  /** It may have reached the disk and does not count; the next one is due as ever. */
  | { readonly kind: 'overwrite-failed'; readonly nonce: Nonce; readonly because: string }
  | { readonly kind: 'appended'; readonly nonce: Nonce; readonly attempts: readonly AttemptName[]; readonly isClosed: boolean }
  | { readonly kind: 'orders-read'; readonly nonce: Nonce; readonly challenge: string | null; readonly fence: string | null }
  | { readonly kind: 'observed'; readonly observations: readonly { readonly run: RunId; readonly observation: Observation }[] }
  | ({ readonly kind: 'concluded'; readonly outcome: AttemptOutcome } & AttemptName)
  /** The work-dir is not there any more: nothing this node does can be read by anybody. */
  | { readonly kind: 'work-dir-gone' };

/** The processes that fork and guard the runs. */
export interface Spawners {
  /** Guards write into this nonce's folder from now on. */
  setup(nonce: Nonce): void;
  start(plan: LaunchPlan): void;
  signal(name: AttemptName, signal: SignalName): void;
  kill(name: AttemptName): void;
  /** These outcomes are in the spool. */
  settled(names: readonly AttemptName[]): void;
  /** Unless told again, the runs of this nonce are ended that long from now also when nobody orders it. */
  leaseUntil(endsInMs: number): void;
  /** Ends the spawners that hold these attempts and sweeps after them: what to do when kills are not confirmed. */
  abandon(names: readonly AttemptName[]): void;
}

export interface NodePorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly link: LinkEnd;
  readonly storage: NodeStorage;
  readonly spawners: Spawners;
  newNonce(): Nonce;
  /** The last call: the process ends. `isClosed`: its spool says so; else the file system hangs and is not waited for. */
  leave(reason: string, isClosed: boolean): void;
}
