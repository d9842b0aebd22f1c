import type { Allocation } from '../model/allocation.ts';
import type { ClusterDefinition } from '../model/definition.ts';
import type { AllocationId, ClusterName } from '../model/ids.ts';
import type { World } from '../evolve/world.ts';

/** The definition that holds for an allocation: its cluster's, also when that was removed while it lives. */
export function clusterOf(world: World, allocation: Allocation | undefined): ClusterDefinition | undefined {
  if (allocation === undefined) return undefined;
  return world.clusters.get(allocation.cluster) ?? world.retiredClusters.get(allocation.cluster);
}

/** These allocations, grouped by their clusters; those that nobody knows are left out. */
export function byCluster(world: World, ids: readonly AllocationId[]): ReadonlyMap<ClusterName, readonly AllocationId[]> {
  const groups = new Map<ClusterName, AllocationId[]>();
  for (const id of ids) {
    const cluster = world.allocation(id)?.cluster;
    if (cluster === undefined) continue;
    const group = groups.get(cluster);
    if (group === undefined) groups.set(cluster, [id]);
    else group.push(id);
  }
  return groups;
}
