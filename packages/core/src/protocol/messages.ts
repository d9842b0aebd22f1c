import type { CheckpointContract, ExecutorDefinition, OnManagerLost, ParameterValue } from '../model/definition.ts';
import type { NodeFound } from '../model/allocation.ts';
import type { AllocationId, Nonce, RunId } from '../model/ids.ts';
import type { AttemptOutcome, Observation } from '../model/run.ts';
import type { StopCause } from '../model/run-status.ts';
import type { FencingTimes } from '../fencing/fencing-times.ts';

/** A manager serves nodes of this version and of the one before it. */
export const protocolVersion = 1;

/** Everything a node needs to execute one attempt. Paths in it are absolute or relative to the run directory. */
export interface StartSpec {
  readonly run: RunId;
  readonly attempt: number;
  /** Unguessable; in the environment of the attempt's processes, by which the node finds all of them. */
  readonly attemptId: string;
  /** Relative to the work-dir: `<experiment>/<run>`. */
  readonly directory: string;
  readonly cmd: readonly string[];
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly parameterFormat: 'argparse' | 'eq';
  readonly executor: ExecutorDefinition;
  readonly checkpoint: CheckpointContract;
  readonly slotCount: number;
  readonly timeLimitMs: number | null;
  readonly graceMs: number;
  readonly cudaDevicesPerSlot: number;
  /** Missing from managers that did not know it. */
  readonly logLimitBytes?: number;
  /** How many devices it takes for itself alone; null: those of its slots, if its executor wants any. */
  readonly gpus: number | null;
  /** For the history of the run: whose end it tells. Missing from managers that did not know it. */
  readonly definitionHash?: string;
  /** What its directory holds is set aside before it starts. */
  readonly isFresh?: boolean;
  /** Where it finds what it depends on: folders relative to the work-dir, by environment variable. */
  readonly dependencyFolders?: Readonly<Record<string, string>>;
  /** What it asked for of the node's memory; missing: the share of its slots. */
  readonly memoryBytes?: number;
  /** Processors that it asked for by number, which are not those of its slots. */
  readonly cpus?: number;
}

/** One attempt that a node holds, as told in its hello. */
export interface HeldAttempt {
  readonly run: RunId;
  readonly attempt: number;
  /** `waiting` for a slot (dispatch-ahead), or executing. */
  readonly phase: 'waiting' | 'executing';
  readonly slots: readonly number[];
  readonly pid: number | null;
  readonly startedAtMs: number | null;
}

export interface EndedAttempt {
  readonly run: RunId;
  readonly attempt: number;
  readonly outcome: AttemptOutcome;
}

/** Node → manager. Allocation and nonce are fixed by the hello; the manager drops what comes under another nonce. */
export type NodeMessage =
  | {
      readonly kind: 'hello';
      readonly protocol: number;
      readonly allocation: AllocationId;
      readonly nonce: Nonce;
      /** The how manieth connection of this NodeManager this is. A hello that comes later than one of a newer connection is dropped. Nodes of older bundles do not say it. */
      readonly connection?: number;
      /** The nonces that this NodeManager had before in this allocation; all of them are proven to execute nothing. */
      readonly endedNonces: readonly Nonce[];
      readonly host: string;
      readonly pid: number;
      readonly slots: number;
      /** When its allocation ends, by the node's own clock. */
      readonly deadlineMs: number | null;
      /** The node's clock as it said this: clocks of hosts differ by minutes. Nodes of older bundles do not say it. */
      readonly clockMs?: number;
      readonly found?: NodeFound;
      readonly held: readonly HeldAttempt[];
      readonly ended: readonly EndedAttempt[];
    }
  | { readonly kind: 'heartbeat'; readonly number: number }
  | {
      readonly kind: 'started';
      readonly run: RunId;
      readonly attempt: number;
      readonly slots: readonly number[];
      readonly pid: number;
      readonly startedAtMs: number;
    }
  | ({ readonly kind: 'ended' } & EndedAttempt)
  | { readonly kind: 'observed'; readonly observations: readonly { readonly run: RunId; readonly observation: Observation }[] }
  | { readonly kind: 'stop-withdrawn'; readonly run: RunId; readonly attempt: number }
  /** The allocation will end; new starts are useless from here on. */
  | { readonly kind: 'ending'; readonly cause: 'walltime' | 'preempted'; readonly deadlineMs: number }
  /** The node is empty and leaves; its outcomes have all been acknowledged. */
  | { readonly kind: 'goodbye'; readonly reason: string };

/** Manager → node. Every message carries the epoch; a node drops those of a lower epoch than it has seen. */
export type ManagerMessage = { readonly epoch: number } & (
  | {
      readonly kind: 'welcome';
      readonly protocol: number;
      readonly times: FencingTimes;
      readonly idleTimeoutMs: number;
      readonly onManagerLost?: OnManagerLost;
    }
  /** Said before the link is closed: this node is not wanted (unknown allocation, other nonce, old protocol). */
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  | { readonly kind: 'heartbeat-answer'; readonly number: number }
  | { readonly kind: 'start'; readonly slots: readonly number[]; readonly spec: StartSpec }
  /** `save`: ask for a checkpoint and withdraw when none comes in the grace. `end`: ask, then kill. */
  | {
      readonly kind: 'stop';
      readonly run: RunId;
      readonly attempt: number;
      readonly cause: StopCause;
      readonly mode: 'save' | 'end';
      readonly graceMs: number;
    }
  /** The outcome is durable; the node may forget it. */
  | { readonly kind: 'ended-acknowledged'; readonly run: RunId; readonly attempt: number }
  /** Leave as soon as you hold no attempt. */
  | { readonly kind: 'release'; readonly reason: string }
);
