import type { DrainReason } from './allocation.ts';
import type { AllocationId, ClusterName, NodeId, Nonce, RunId } from './ids.ts';
import type { StopCause } from './run-status.ts';

/** Start this attempt there. `slots` is empty when the attempt is sent ahead and takes the next slot that frees. */
export interface Placement {
  readonly run: RunId;
  readonly attempt: number;
  readonly node: NodeId;
  readonly nonce: Nonce;
  readonly slots: readonly number[];
}

export interface AllocationDemand {
  readonly cluster: ClusterName;
  readonly count: number;
  /** The walltime of each of them; missing when all have that of their cluster. */
  readonly walltimesMs?: readonly number[];
  readonly because: string;
}

export interface DrainAction {
  readonly node: NodeId;
  readonly reason: DrainReason;
}

export interface ReleaseAction {
  readonly node: NodeId;
  readonly because: string;
}

export interface CancelAction {
  readonly allocation: AllocationId;
  readonly because: string;
}

export interface StopAction {
  readonly run: RunId;
  readonly attempt: number;
  readonly cause: StopCause;
  readonly graceMs: number;
}

/** A "no" as data: what was not done, the code of the reason, the numbers in a sentence. */
export interface Verdict {
  readonly subject:
    | { readonly kind: 'shape'; readonly key: string }
    | { readonly kind: 'node'; readonly node: NodeId }
    | { readonly kind: 'cluster'; readonly cluster: ClusterName };
  readonly code: VerdictCode;
  readonly sentence: string;
}

export const verdictCodes = [
  'TOO_LARGE_FOR_ANY_NODE',
  'CLUSTER_UNKNOWN',
  'BUDGET_SPENT',
  'CLUSTER_HELD',
  'MAX_ALLOCATIONS',
  'WAITING_FOR_SATURATION',
  'WALLTIME_TOO_SHORT',
  'NODE_KEPT_WARM',
  'NODE_AWAITS_RUNS',
  'MOVES_OFF',
  'MOVE_IN_PROGRESS',
  'RUNS_WAIT',
  'SETTLING',
  'NOTHING_TO_EMPTY',
  'NO_MOVABLE_NODE',
  'SURPLUS_TOO_YOUNG',
  'CHECKPOINT_SOON',
] as const;
export type VerdictCode = (typeof verdictCodes)[number];

/**
 * What deciding has to remember from one plan to the next. It is handed back with the next snapshot; a start without it
 * only waits longer before it gives something up.
 */
export interface PlanMemory {
  /** Since when each pending allocation is more than the waiting runs need. */
  readonly surplusSince: Readonly<Record<AllocationId, number>>;
  /** What the nodes beyond the needed ones have cost since there are any, up to `atMs`, by cluster. */
  readonly surplusNodes: Readonly<Record<ClusterName, SurplusNodes>>;
}

export interface SurplusNodes {
  readonly costNodeMs: number;
  readonly nodes: number;
  readonly atMs: number;
}

export const emptyMemory: PlanMemory = { surplusSince: {}, surplusNodes: {} };

/** What one tick wants done, from one snapshot. A value: nothing happens until the engine applies it. */
export interface Plan {
  readonly basedOn: number;
  readonly placements: readonly Placement[];
  readonly requests: readonly AllocationDemand[];
  readonly cancels: readonly CancelAction[];
  readonly drains: readonly DrainAction[];
  /** Nodes that were drained to become empty and are needed after all. */
  readonly undrains: readonly NodeId[];
  readonly stops: readonly StopAction[];
  readonly releases: readonly ReleaseAction[];
  readonly verdicts: readonly Verdict[];
  /** The next instant at which the answer could change without an event; null when only an event can change it. */
  readonly wakeAtMs: number | null;
  readonly memory: PlanMemory;
}
