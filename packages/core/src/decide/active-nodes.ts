import type { Allocation, Node } from '../model/allocation.ts';
import type { ClusterName } from '../model/ids.ts';
import type { Run } from '../model/run.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { heldRunsOf } from './nodes.ts';
import { remainingOf } from './predict.ts';

/**
 * A node that has runs, with what is known of how long it will have them. What other runs took says how long a run takes
 * on average, not which of those that still run is the long one, so learned times do not count as known here.
 */
export interface ActiveNode {
  readonly allocation: Allocation;
  readonly node: Node;
  /** Longest remaining time first, unknown before known. */
  readonly runs: readonly { readonly run: Run; readonly leftMs: number | null }[];
  /** How long it stays up if nothing is moved; null when the time of one of its runs is not known. */
  readonly lifeMs: number | null;
}

/** The connected nodes of a cluster that have runs, in the order of their ids. */
export function activeNodes(snapshot: Snapshot, cluster: ClusterName, nowMs: number): readonly ActiveNode[] {
  const active: ActiveNode[] = [];
  for (const allocation of snapshot.allocations) {
    const { node } = allocation;
    if (allocation.cluster !== cluster || node === null || node.status !== 'connected' || node.idleSinceMs !== null) continue;
    const runs: { run: Run; leftMs: number | null }[] = [];
    for (const id of heldRunsOf(node)) {
      const run = snapshot.run(id);
      if (run === undefined) continue;
      const left = remainingOf(snapshot, run, nowMs);
      runs.push({ run, leftMs: left === null || left.source === 'learned' ? null : left.ms });
    }
    runs.sort((a, b) => (b.leftMs ?? Number.POSITIVE_INFINITY) - (a.leftMs ?? Number.POSITIVE_INFINITY) || (a.run.id < b.run.id ? -1 : 1));
    active.push({ allocation, node, runs, lifeMs: lifeOf(node, runs, nowMs) });
  }
  return active;
}

/** How many connected nodes of a cluster have runs, and how many of their slots are taken. */
export function loadOf(snapshot: Snapshot, cluster: ClusterName): { readonly nodes: number; readonly occupiedSlots: number } {
  let nodes = 0;
  let occupiedSlots = 0;
  for (const { cluster: name, node } of snapshot.allocations) {
    if (name !== cluster || node === null || node.status !== 'connected' || node.idleSinceMs !== null) continue;
    nodes += 1;
    for (const occupant of node.occupants) if (occupant !== null) occupiedSlots += 1;
  }
  return { nodes, occupiedSlots };
}

/** Nodes beyond those that the occupied slots would fill. */
export function surplusOf(load: { readonly nodes: number; readonly occupiedSlots: number }, slotsPerNode: number): number {
  return Math.max(0, load.nodes - Math.ceil(load.occupiedSlots / slotsPerNode));
}

function lifeOf(node: Node, runs: readonly { readonly leftMs: number | null }[], nowMs: number): number | null {
  let lifeMs = 0;
  for (const { leftMs } of runs) {
    if (leftMs === null) return null;
    lifeMs = Math.max(lifeMs, leftMs);
  }
  return node.deadlineMs === null ? lifeMs : Math.min(lifeMs, Math.max(0, node.deadlineMs - nowMs));
}
