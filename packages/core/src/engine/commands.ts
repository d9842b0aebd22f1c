import type { ClusterDefinition, ExperimentDefinition } from '../model/definition.ts';
import type { ClusterName, ExperimentName, NodeId, RunId } from '../model/ids.ts';
import type { Problem } from '../model/errors.ts';

/** What a person or a client asks of the engine. `by` names who asked, for the history. */
export type Command =
  | { readonly kind: 'resume-runs'; readonly runs: readonly RunId[]; readonly by: string; readonly isFresh?: boolean }
  /** Without `force` executing runs are left alone. */
  | {
      readonly kind: 'cancel-runs';
      readonly runs: readonly RunId[];
      readonly force: boolean;
      readonly by: string;
      readonly reason: string | null;
    }
  /** Ready runs are not started until they are released. */
  | { readonly kind: 'hold-runs'; readonly runs: readonly RunId[]; readonly by: string; readonly reason: string | null }
  | { readonly kind: 'release-runs'; readonly runs: readonly RunId[]; readonly by: string }
  | { readonly kind: 'prioritise-runs'; readonly runs: readonly RunId[]; readonly priority: number; readonly by: string }
  | { readonly kind: 'define-clusters'; readonly clusters: readonly ClusterDefinition[] }
  | { readonly kind: 'define-experiment'; readonly definition: ExperimentDefinition; readonly running: RunningChoice }
  | { readonly kind: 'remove-experiment'; readonly experiment: ExperimentName; readonly running: RunningChoice }
  /** The node takes no new runs and is given back when it is empty. */
  | { readonly kind: 'drain-node'; readonly node: NodeId; readonly by: string }
  /** Takes back the drain of a user. */
  | { readonly kind: 'undrain-node'; readonly node: NodeId; readonly by: string }
  /** Gives an allocation back: one that is not a node yet is cancelled, a node drained. With `force` its runs are asked to stop. */
  | { readonly kind: 'release-node'; readonly node: NodeId; readonly force: boolean; readonly by: string }
  /** No more allocations are requested of it; those that it has stay. */
  | { readonly kind: 'hold-cluster'; readonly cluster: ClusterName; readonly by: string; readonly reason: string | null }
  | { readonly kind: 'release-cluster'; readonly cluster: ClusterName; readonly by: string };

/** What a new definition means for attempts of the old one: stopped at once, or the last of their kind. */
export type RunningChoice = 'stop' | 'finish';

/** `affected` runs changed; `skipped` says per run why nothing was done. Resolved when durable. */
export type CommandOutcome =
  | {
      readonly kind: 'done';
      readonly affected: readonly RunId[];
      readonly skipped: readonly { readonly run: RunId; readonly because: string }[];
    }
  | { readonly kind: 'refused'; readonly problem: Problem };

/**
 * How the manager stops. `local nodes end` means nodes whose cluster is local; see the table of stopping.
 * `leave`: local runs are stopped to `ready` and local nodes end; Slurm's pending allocations are cancelled, idle nodes
 * released, busy ones go on. `release`: every run stops to `ready`, every node ends.
 */
export type StopMode = 'leave' | 'release';
