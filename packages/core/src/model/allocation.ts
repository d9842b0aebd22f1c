import type { AllocationId, ClusterName, Nonce, RunId } from './ids.ts';
import type { ResourceVector } from './definition.ts';

/**
 * One request to a cluster for a node.
 *
 * requested  intent recorded; the cluster may or may not have it yet. A restart asks the cluster by `token`.
 * submitted  the cluster has it under `jobId`; it waits for a machine.
 * running    the cluster started it; it is billed.
 * ended      the cluster says it is over, or never knew it. `endedAtMs` stops the bill.
 *
 * requested → submitted | ended;  submitted → running | ended;  running → ended. A cancel or release is a wish noted in
 * `cancel`, not a status: the bill runs until the cluster says `ended`.
 */
export const allocationStatuses = ['requested', 'submitted', 'running', 'ended'] as const;
export type AllocationStatus = (typeof allocationStatuses)[number];

export interface Allocation {
  readonly id: AllocationId;
  readonly cluster: ClusterName;
  /** Unguessable part of the job's name, recorded before the submission, by which a restarted manager finds it. */
  readonly token: string;
  readonly status: AllocationStatus;
  readonly jobId: string | null;
  readonly slots: number;
  readonly resources: ResourceVector;
  readonly walltimeMs: number | null;
  /** What its node is told of its lease, now and later; null: the manager's own. */
  readonly leaseMs: number | null;
  readonly requestedAtMs: number;
  readonly startedAtMs: number | null;
  /** Its machine by the cluster's own name; null before the start, and when the cluster did not say. */
  readonly host: string | null;
  readonly endedAtMs: number | null;
  /** The cluster's word for how it ended; null before, and when it never began. */
  readonly endState: string | null;
  /** The cluster has confirmed start and end; until then billed figures are provisional. */
  readonly isConfirmed: boolean;
  readonly cancel: { readonly reason: string; readonly atMs: number } | null;
  /** What the cluster says about its waiting, verbatim. */
  readonly waitingFor: string | null;
  readonly node: Node | null;
}

/**
 * The NodeManager of an allocation, from its first hello on.
 *
 * connected  its link is up.
 * unlinked   its link is down; it still has its runs (its lease may be renewed by files).
 * silent     no channel has renewed it for long enough that replacement is requested. May come back.
 * gone       it said goodbye, or its end is proven. Final for this nonce.
 *
 * connected ⇄ unlinked ⇄ silent → connected;  any → gone. A new nonce starts over as connected.
 */
export const nodeStatuses = ['connected', 'unlinked', 'silent', 'gone'] as const;
export type NodeStatus = (typeof nodeStatuses)[number];

export interface Node {
  readonly id: AllocationId;
  readonly nonce: Nonce;
  readonly status: NodeStatus;
  readonly host: string;
  readonly pid: number;
  readonly helloAtMs: number;
  /** What its NodeManager found there; null when it did not say. */
  readonly found: NodeFound | null;
  /** When the allocation ends by its walltime, by the node's own knowledge. */
  readonly deadlineMs: number | null;
  /** A draining node takes no new runs. */
  readonly drain: { readonly reason: DrainReason; readonly atMs: number } | null;
  /** The occupant of each slot. */
  readonly occupants: readonly (RunId | null)[];
  /** Attempts sent ahead that wait on the node for a slot, first to start first. */
  readonly ahead: readonly RunId[];
  /** Since when no run is on it; null while one is. */
  readonly idleSinceMs: number | null;
}

/** What a machine has for us, as its NodeManager found it. `devices` is null when the cluster listed none to it. */
export interface NodeFound {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly devices: number | null;
}

export const drainReasons = ['release', 'walltime', 'preempted', 'consolidation', 'user', 'bad-node', 'cluster-removed'] as const;
export type DrainReason = (typeof drainReasons)[number];
