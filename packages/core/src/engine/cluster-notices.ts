import type { World } from '../evolve/world.ts';
import type { BudgetState } from '../ledger/budget-state.ts';
import { imageNotices } from './image-notices.ts';
import { limitNotices } from './limit-notices.ts';
import { machineNotices } from './machine-notices.ts';

/** What people should know of clusters, their machines and images, and of what is spent, each as a sentence. */
export function clusterNotices(
  world: World,
  clusters: Iterable<{ readonly outage: string | null }>,
  budgets: readonly BudgetState[],
): readonly string[] {
  return [
    ...[...clusters].flatMap(({ outage }) => outage ?? []),
    ...[...world.heldClusters].map(([cluster, because]) => `${cluster}: ${because}`),
    ...limitNotices(world, budgets),
    ...machineNotices(world),
    ...imageNotices(world),
  ];
}
