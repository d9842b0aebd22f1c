import type { Usage } from './usage.ts';
import type { RunDefinition } from './definition.ts';
import type { ExperimentName, NodeId, Nonce, RunId, RunName } from './ids.ts';
import type { RunReason, RunStatus, StopCause } from './run-status.ts';

/**
 * How an attempt ended, as the node saw it. `detail` is a sentence for people. A program that could not be started is an
 * exit with 126 or 127, as in a shell. `never-started` and `lost` are attempts without an exit of their own: recalled
 * before their start, or dead with their node.
 */
export interface AttemptOutcome {
  readonly kind: 'exit' | 'signal' | 'out-of-memory' | 'never-started' | 'lost';
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** The first cause for which we had asked the run to stop, when it ended because of it. */
  readonly stopCause: StopCause | null;
  readonly startedAtMs: number | null;
  readonly endedAtMs: number;
  readonly checkpointAtMs: number | null;
  readonly progress: number | null;
  readonly detail: string;
  /** Missing from attempts that ended before they were sampled. */
  readonly usage?: Usage;
  /** It ran out of memory that another run of its node had taken: not its own fault. */
  readonly isBystander?: boolean;
}

/** The attempt that a run has on a node now. */
export interface Execution {
  readonly node: NodeId;
  readonly nonce: Nonce;
  /** Slot indices; empty while the attempt waits on its node for a slot (dispatch-ahead). */
  readonly slots: readonly number[];
  readonly placedAtMs: number;
  readonly startedAtMs: number | null;
  readonly pid: number | null;
  readonly stop: StopRequest | null;
}

export interface StopRequest {
  readonly cause: StopCause;
  readonly requestedAtMs: number;
  readonly graceMs: number;
}

/** What the node has seen of an executing attempt. Not journaled: the node repeats it when it reconnects. */
export interface Observation {
  readonly attempt: number;
  /** 0 to 1. */
  readonly progress: number | null;
  readonly progressText: string | null;
  readonly checkpointAtMs: number | null;
  /** Last change of a regular file of the run directory outside `logs/`, after the first minute. */
  readonly fileChangedAtMs: number | null;
  /** What it used so far. Missing before the first sample. */
  readonly usage?: Usage;
}

/**
 * One run. Records are replaced, never changed. `attempt` is the number of the newest attempt (0: none yet) and only
 * ever rises: it fences messages of older attempts.
 */
export interface Run {
  readonly id: RunId;
  readonly experiment: ExperimentName;
  readonly name: RunName;
  readonly definition: RunDefinition;
  readonly definitionHash: string;
  /** Age of the experiment: experiments defined earlier have lower numbers. */
  readonly experimentOrder: number;
  readonly createdAtMs: number;
  readonly changedAtMs: number;
  readonly status: RunStatus;
  readonly reason: RunReason;
  readonly detail: string | null;
  readonly attempt: number;
  readonly execution: Execution | null;
  /** The end of the newest attempt that ended. */
  readonly outcome: AttemptOutcome | null;
  readonly retriesUsed: number;
  /** Nodes that died under this run. */
  readonly crashes: number;
  /** Stops by walltime or preemption in a row without a sign of progress. */
  readonly stopsWithoutProgress: number;
  readonly eligibleAtMs: number | null;
  /** Whether it has shown that it checkpoints (file touched, or a file of its directory changed after a minute). */
  readonly hasShownCheckpoint: boolean;
  readonly bestProgress: number | null;
  readonly newestCheckpointAtMs: number | null;
  /** What a reload decided for it while an attempt of the old definition executes; done when that attempt ends. */
  readonly next:
    { readonly kind: 'removed' } | { readonly kind: 'changed'; readonly definition: RunDefinition; readonly definitionHash: string } | null;
  readonly movesByConsolidation: number;
  /** It did not save itself in its grace when it was asked to be moved: under this definition it is not asked again. */
  readonly hasRefusedToSave: boolean;
  readonly lastMovedAtMs: number | null;
  /** Its next start is in an empty directory: what it has achieved is set aside. */
  readonly startsFresh?: boolean;
}
