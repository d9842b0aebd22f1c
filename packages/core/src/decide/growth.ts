import type { ClusterDefinition } from '../model/definition.ts';
import type { ClusterName } from '../model/ids.ts';
import type { Run } from '../model/run.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { fitsInto, freshLifeMs, neededLifeMs, needOf } from './fit.ts';
import { isPending } from './nodes.ts';
import { attemptTimeOf } from './predict.ts';

/** How far a cluster can still grow. */
export interface Growth {
  readonly cluster: ClusterDefinition;
  /** Further allocations that may be requested now. */
  readonly left: number;
  /** Allocations on their way to be nodes. */
  readonly pending: number;
  /** Allocations that have not ended, pending ones included: what the limit counts. */
  readonly open: number;
}

export function growthOf(snapshot: Snapshot): ReadonlyMap<ClusterName, Growth> {
  const counts = new Map<ClusterName, { open: number; pending: number }>();
  for (const allocation of snapshot.allocations) {
    const count = counts.get(allocation.cluster) ?? { open: 0, pending: 0 };
    if (allocation.status !== 'ended') count.open += 1;
    if (isPending(allocation)) count.pending += 1;
    counts.set(allocation.cluster, count);
  }
  const growth = new Map<ClusterName, Growth>();
  for (const cluster of snapshot.clusters.values()) {
    const { open, pending } = counts.get(cluster.name) ?? { open: 0, pending: 0 };
    const left =
      snapshot.heldClusters.has(cluster.name) || snapshot.spentBudgets.has(cluster.name) ? 0 : Math.max(0, cluster.maxAllocations - open);
    growth.set(cluster.name, { cluster, left, pending, open });
  }
  return growth;
}

/** Why an empty, fresh node of this cluster could not run it; null when it could. */
export function freshNodeRefusal(snapshot: Snapshot, run: Run, cluster: ClusterDefinition): 'resources' | 'walltime' | null {
  if (!fitsInto(needOf(run.definition, cluster), cluster.nodeResources)) return 'resources';
  if (cluster.walltimeMs === null) return null;
  return neededLifeMs(run, attemptTimeOf(snapshot, run), cluster) > freshLifeMs(cluster.walltimeMs) ? 'walltime' : null;
}
