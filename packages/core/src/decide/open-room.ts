import type { Allocation, Node } from '../model/allocation.ts';
import type { ClusterName } from '../model/ids.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { remainingOf } from './predict.ts';
import type { Prediction } from './predict.ts';

/** What clusters could take in addition. */
export interface OpenRoom {
  /** Slots that are free on nodes already paid for. */
  readonly freeSlots: number;
  /** Free slots and those that nodes could still be requested for. */
  readonly openSlots: number;
  /** When the next slot becomes free for a run that comes now; null when a slot is free, and when nobody knows. */
  readonly nextFree: Prediction | null;
}

/** How much room is there for further runs on these clusters? Those that are held have none. */
export function openRoom(snapshot: Snapshot, clusters: ReadonlySet<ClusterName>, nowMs: number): OpenRoom {
  const usable = [...snapshot.clusters.values()].filter(({ name }) => clusters.has(name) && !snapshot.heldClusters.has(name));
  const names = new Set(usable.map(({ name }) => name));
  const allocations = snapshot.allocations.filter(({ cluster }) => names.has(cluster));
  const serving = allocations.flatMap(({ node }) => (node?.status === 'connected' && node.drain === null ? [node] : []));
  const freeSlots = serving.reduce((sum, node) => sum + node.occupants.filter((occupant) => occupant === null).length, 0);
  const requestable = usable.reduce(
    (sum, { name, maxAllocations, slotsPerNode }) =>
      sum + (snapshot.spentBudgets.has(name) ? 0 : Math.max(0, maxAllocations - countOf(allocations, name)) * slotsPerNode),
    0,
  );
  return { freeSlots, openSlots: freeSlots + requestable, nextFree: freeSlots > 0 ? null : nextFreeOf(snapshot, serving, names, nowMs) };
}

function countOf(allocations: readonly Allocation[], cluster: ClusterName): number {
  return allocations.filter((allocation) => allocation.cluster === cluster && allocation.status !== 'ended').length;
}

/** Runs that are ready already take what becomes free. */
function nextFreeOf(snapshot: Snapshot, nodes: readonly Node[], clusters: ReadonlySet<ClusterName>, nowMs: number): Prediction | null {
  if (snapshot.readyShapes.some(({ shape, size }) => size > 0 && shape.clusters.some((cluster) => clusters.has(cluster)))) return null;
  let soonest: Prediction | null = null;
  for (const node of nodes) {
    const next = nextFreeOfNode(snapshot, node, nowMs);
    if (next !== null && (soonest === null || next.ms < soonest.ms)) soonest = next;
  }
  return soonest;
}

/** The slots that become free first are those of the runs that were sent ahead. */
function nextFreeOfNode(snapshot: Snapshot, { occupants, ahead }: Node, nowMs: number): Prediction | null {
  const taken = ahead.reduce((sum, id) => sum + (snapshot.run(id)?.definition.resources.slots ?? 0), 0);
  const known = occupants.flatMap((id) => {
    const run = id === null ? undefined : snapshot.run(id);
    return run === undefined ? [] : (remainingOf(snapshot, run, nowMs) ?? []);
  });
  return known.sort((a, b) => a.ms - b.ms)[taken] ?? null;
}
