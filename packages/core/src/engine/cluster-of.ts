import type { Allocation } from '../model/allocation.ts';
import type { ClusterDefinition } from '../model/definition.ts';
import type { World } from '../evolve/world.ts';

/** The definition that holds for an allocation: its cluster's, also when that was removed while it lives. */
export function clusterOf(world: World, allocation: Allocation | undefined): ClusterDefinition | undefined {
  if (allocation === undefined) return undefined;
  return world.clusters.get(allocation.cluster) ?? world.retiredClusters.get(allocation.cluster);
}
