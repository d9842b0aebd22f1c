import type { Autostart, ResourceVector, RunDefinition } from './definition.ts';
import type { ExperimentHold, ExperimentLimits, SpentBudget } from './budget.ts';
import type { AllocationId, ClusterName, ExperimentName, NodeId, Nonce, RunId } from './ids.ts';
import type { DrainReason, NodeFound } from './allocation.ts';
import type { ImageName } from './pulled-image.ts';
import type { AttemptOutcome, Observation } from './run.ts';
import type { StopCause } from './run-status.ts';
import type { ClusterDefinition } from './definition.ts';

/** Raise with every change that an older program could not fold. */
export const eventSchemaVersion = 1;

export interface DefinedRun {
  readonly definition: RunDefinition;
  readonly definitionHash: string;
}

/**
 * Facts. State is their fold, in order; nothing else changes it. An event whose verb is a wish (`requested`) records the
 * intent before the effect, so that a restart finds what may have happened.
 */
export type DurableEvent =
  | { readonly kind: 'manager-started'; readonly epoch: number; readonly host: string; readonly pid: number; readonly version: string }
  | { readonly kind: 'clusters-defined'; readonly clusters: readonly ClusterDefinition[] }
  /** One reload of one experiment, atomically. `changed` holds new definitions, `removed` names of runs. */
  | {
      readonly kind: 'experiment-defined';
      readonly experiment: ExperimentName;
      readonly autostart: Autostart;
      /** Absent in what earlier versions wrote. */
      readonly limits?: ExperimentLimits;
      readonly added: readonly DefinedRun[];
      readonly changed: readonly DefinedRun[];
      readonly removed: readonly RunId[];
    }
  | { readonly kind: 'experiment-removed'; readonly experiment: ExperimentName }
  /** None of its runs starts, by its own limits, until it is released. */
  | ({ readonly kind: 'experiment-held'; readonly experiment: ExperimentName } & ExperimentHold)
  | { readonly kind: 'experiment-released'; readonly experiment: ExperimentName }
  /** The node-hours of this cluster are spent, or there are some again. */
  | ({ readonly kind: 'cluster-budget-spent'; readonly cluster: ClusterName } & SpentBudget)
  | { readonly kind: 'cluster-budget-restored'; readonly cluster: ClusterName }
  /** `isFresh`: they start in an empty directory. */
  | { readonly kind: 'runs-resumed'; readonly runs: readonly RunId[]; readonly by: string; readonly isFresh?: boolean }
  /** Not yet executing runs become inactive; executing ones get a stop request of their own. */
  | { readonly kind: 'runs-cancelled'; readonly runs: readonly RunId[]; readonly by: string; readonly reason: string | null }
  /** Ready runs that stay ready and are not started until they are released. */
  | { readonly kind: 'runs-held'; readonly runs: readonly RunId[]; readonly by: string; readonly reason: string | null }
  | { readonly kind: 'runs-released'; readonly runs: readonly RunId[]; readonly by: string }
  /** Takes the place of the priority of their definitions, until a definition changes. */
  | { readonly kind: 'runs-prioritised'; readonly runs: readonly RunId[]; readonly priority: number; readonly by: string }
  | { readonly kind: 'run-retry-due'; readonly run: RunId }
  /** Intent to start attempt `attempt`. `slots` is empty when it is sent ahead of a free slot. */
  | {
      readonly kind: 'run-placed';
      readonly run: RunId;
      readonly attempt: number;
      readonly node: NodeId;
      readonly nonce: Nonce;
      readonly slots: readonly number[];
    }
  | {
      readonly kind: 'run-started';
      readonly run: RunId;
      readonly attempt: number;
      readonly slots: readonly number[];
      readonly pid: number;
      readonly startedAtMs: number;
    }
  | {
      readonly kind: 'run-stop-requested';
      readonly run: RunId;
      readonly attempt: number;
      readonly cause: StopCause;
      readonly graceMs: number;
    }
  /** A saving that did not complete in its grace: the request is withdrawn, the run goes on. */
  | { readonly kind: 'run-stop-withdrawn'; readonly run: RunId; readonly attempt: number }
  | { readonly kind: 'run-ended'; readonly run: RunId; readonly attempt: number; readonly outcome: AttemptOutcome }
  /**
   * The work-dir tells of an attempt that the journal does not know: numbers go on above it. `outcome` is its end, when it
   * is known and says something about the present definition.
   */
  | { readonly kind: 'history-found'; readonly run: RunId; readonly attempt: number; readonly outcome: AttemptOutcome | null }
  | {
      readonly kind: 'allocation-requested';
      readonly allocation: AllocationId;
      readonly cluster: ClusterName;
      readonly token: string;
      readonly slots: number;
      readonly resources: ResourceVector;
      readonly walltimeMs: number | null;
      /** Null: the manager's own. */
      readonly leaseMs: number | null;
    }
  | { readonly kind: 'allocation-submitted'; readonly allocation: AllocationId; readonly jobId: string }
  | { readonly kind: 'allocation-refused'; readonly allocation: AllocationId; readonly code: string; readonly message: string }
  | { readonly kind: 'allocation-waiting'; readonly allocation: AllocationId; readonly waitingFor: string }
  | { readonly kind: 'allocation-started'; readonly allocation: AllocationId; readonly startedAtMs: number; readonly host: string | null }
  | { readonly kind: 'allocation-cancel-requested'; readonly allocation: AllocationId; readonly reason: string }
  | {
      readonly kind: 'allocation-ended';
      readonly allocation: AllocationId;
      readonly startedAtMs: number | null;
      readonly endedAtMs: number;
      readonly state: string;
      readonly isConfirmed: boolean;
    }
  /** A NodeManager said hello under a nonce that this allocation did not have before. */
  | {
      readonly kind: 'node-appeared';
      readonly node: NodeId;
      readonly nonce: Nonce;
      readonly host: string;
      readonly pid: number;
      readonly deadlineMs: number | null;
      /** Absent in what earlier versions wrote. */
      readonly found?: NodeFound | null;
    }
  | { readonly kind: 'node-drained'; readonly node: NodeId; readonly reason: DrainReason }
  | { readonly kind: 'node-undrained'; readonly node: NodeId }
  /** A user wants no more allocations of this cluster; `because` says why. Those that it has stay. */
  | { readonly kind: 'cluster-hold-requested'; readonly cluster: ClusterName; readonly because: string; readonly by: string }
  | { readonly kind: 'cluster-hold-ended'; readonly cluster: ClusterName; readonly by: string }
  /** The node may go when it is empty: intent before the release message. */
  | { readonly kind: 'node-release-requested'; readonly node: NodeId; readonly reason: string }
  /** Attempts that a fence order named; their requeue waits for the confirmation. */
  | {
      readonly kind: 'node-fence-requested';
      readonly node: NodeId;
      readonly nonce: Nonce;
      readonly attempts: readonly { readonly run: RunId; readonly attempt: number }[];
    }
  /** This nonce is proven to execute nothing any more; what it still held is ended as `lost`. */
  | { readonly kind: 'node-gone'; readonly node: NodeId; readonly nonce: Nonce; readonly proof: NodeGoneProof };

export type NodeGoneProof = 'goodbye' | 'lease-ended-on-node' | 'guard' | 'fence-confirmed' | 'lease-and-margins-passed';

/** Facts that a restart learns anew from nodes and clusters; never journaled. */
export type EphemeralEvent =
  | { readonly kind: 'run-observed'; readonly run: RunId; readonly observation: Observation }
  | { readonly kind: 'node-linked'; readonly node: NodeId; readonly nonce: Nonce }
  | { readonly kind: 'node-unlinked'; readonly node: NodeId; readonly nonce: Nonce }
  | { readonly kind: 'node-silent'; readonly node: NodeId; readonly nonce: Nonce }
  | { readonly kind: 'node-deadline-changed'; readonly node: NodeId; readonly deadlineMs: number | null }
  /** Runs have to wait for this image (`because` says why), or need not (null). */
  | { readonly kind: 'image-changed'; readonly image: ImageName; readonly because: string | null }
  /** The cluster takes no submissions for now (`because` says why), or takes them again (null). */
  | { readonly kind: 'cluster-held'; readonly cluster: ClusterName; readonly because: string | null };

export type JuqueueEvent = DurableEvent | EphemeralEvent;
export type EventKind = JuqueueEvent['kind'];

/** An event with its place in the journal. `seq` starts at 1 and has no gaps; ephemeral events have none. */
export interface StoredEvent {
  readonly seq: number;
  readonly atMs: number;
  readonly event: DurableEvent;
}
