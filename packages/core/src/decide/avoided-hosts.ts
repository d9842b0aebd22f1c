import type { Suspect } from '../evolve/failure-book.ts';
import type { Allocation } from '../model/allocation.ts';
import type { AllocationId, ClusterName } from '../model/ids.ts';
import { suspicionMs } from '../evolve/failure-book.ts';

/** More suspects at a time than this speak against something else than single machines. */
const avoidedMax = 16;

/** Machines of this cluster on which runs failed that do not fail elsewhere, as the cluster calls them: the newest suspicions, for a day. */
export function avoidedHosts(
  suspects: readonly Suspect[],
  allocationOf: (id: AllocationId) => Pick<Allocation, 'cluster' | 'host'> | undefined,
  cluster: ClusterName,
  nowMs: number,
): readonly string[] {
  const hosts = new Set<string>();
  for (const { node, sinceMs } of suspects.toReversed()) {
    const allocation = allocationOf(node);
    if (allocation?.cluster === cluster && allocation.host !== null && nowMs - sinceMs < suspicionMs) hosts.add(allocation.host);
  }
  return [...hosts].slice(0, avoidedMax).sort();
}
