import type { Node } from '../model/allocation.ts';
import type { ClusterName } from '../model/ids.ts';
import type { Run } from '../model/run.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { ReadyMerge } from './merge-ready.ts';
import type { Rooms } from './rooms.ts';
import { compareIds } from '../model/ids.ts';
import { isOpenToRuns } from './nodes.ts';
import { neededLifeMs, needOf, otherDimensions } from './fit.ts';
import { needsMoreThanASlot } from './place-runs.ts';
import { attemptTimeOf } from './predict.ts';
import { decideTimes } from './times.ts';

export interface AheadSeat {
  readonly run: Run;
  readonly node: Node;
}

interface FullNode {
  readonly node: Node;
  waiting: number;
}

/**
 * Which attempts are sent to full nodes ahead of a free slot? Only runs known to be so short that the way to the manager
 * and back would leave slots empty between them, only while every node of the cluster is full, and never past a run that
 * has to wait for a slot itself. The node with the fewest waiting attempts gets the next one.
 */
export function sendAhead(snapshot: Snapshot, queue: ReadyMerge, rooms: Rooms, nowMs: number): readonly AheadSeat[] {
  const seats: AheadSeat[] = [];
  const open = fullNodesByCluster(snapshot, rooms);
  for (let cursor = queue.first; cursor !== null && open.size > 0; cursor = queue.first) {
    const run = cursor.head;
    if (run === null) break;
    const target = targetFor(snapshot, run, open, nowMs);
    if (target === null) {
      for (const cluster of run.definition.clusters) open.delete(cluster);
      queue.setAside();
      continue;
    }
    target.waiting += 1;
    seats.push({ run, node: target.node });
    queue.take();
  }
  return seats;
}

function targetFor(snapshot: Snapshot, run: Run, open: ReadonlyMap<ClusterName, readonly FullNode[]>, nowMs: number): FullNode | null {
  const time = attemptTimeOf(snapshot, run);
  if (time === null || time.ms >= decideTimes.aheadBelowMs || needsMoreThanASlot(run)) return null;
  for (const name of run.definition.clusters) {
    const cluster = snapshot.clusters.get(name);
    if (cluster === undefined || otherDimensions(needOf(run.definition, cluster)).length > 0) continue;
    const lifeMs = neededLifeMs(run, time, cluster);
    let best: FullNode | null = null;
    for (const candidate of open.get(name) ?? []) {
      const { node } = candidate;
      if (candidate.waiting >= aheadDepth(node.occupants.length, time.ms)) continue;
      if (node.deadlineMs !== null && node.deadlineMs - nowMs < lifeMs) continue;
      if (best === null || candidate.waiting < best.waiting) best = candidate;
    }
    if (best !== null) return best;
  }
  return null;
}

/** How many attempts may wait on a node with this many slots: what its slots finish while the manager is asked. */
export function aheadDepth(slots: number, expectedMs: number): number {
  return Math.min(decideTimes.aheadPerNodeMax, Math.ceil((slots * decideTimes.aheadCoversMs) / Math.max(1, expectedMs)));
}

function fullNodesByCluster(snapshot: Snapshot, rooms: Rooms): Map<ClusterName, FullNode[]> {
  const open = new Map<ClusterName, FullNode[]>();
  for (const allocation of snapshot.allocations) {
    if (allocation.node === null || !isOpenToRuns(allocation) || rooms.get(allocation.cluster)?.hasFree(1) !== false) continue;
    const nodes = open.get(allocation.cluster) ?? [];
    nodes.push({ node: allocation.node, waiting: allocation.node.ahead.length });
    open.set(allocation.cluster, nodes);
  }
  for (const nodes of open.values()) nodes.sort((a, b) => compareIds(a.node.id, b.node.id));
  return open;
}
