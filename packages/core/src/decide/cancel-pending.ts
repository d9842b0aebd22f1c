import type { AllocationId, ClusterName } from '../model/ids.ts';
import type { CancelAction } from '../model/plan.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { PlanMemory } from '../model/plan.ts';
import { formatDuration } from '../model/duration.ts';
import { decideTimes } from './times.ts';

export interface Cancellations {
  readonly cancels: readonly CancelAction[];
  /** Since when each pending allocation is surplus, to be remembered until the next plan. */
  readonly surplusSince: PlanMemory['surplusSince'];
  readonly wakeAtMs: number | null;
}

/**
 * Which pending allocations are given up? All that nothing waits for any more, at once; those beyond what waits, when
 * they were so for the hysteresis, youngest first: they carry queue age, and demand that fell may rise again.
 */
export function cancelPending(
  snapshot: Snapshot,
  surplus: readonly AllocationId[],
  wanted: ReadonlySet<ClusterName>,
  memory: PlanMemory,
  nowMs: number,
): Cancellations {
  const cancels: CancelAction[] = [];
  const surplusSince: Record<AllocationId, number> = {};
  let wakeAtMs: number | null = null;
  for (const id of surplus) {
    const cluster = snapshot.allocation(id)?.cluster;
    if (cluster === undefined) continue;
    if (!wanted.has(cluster)) {
      cancels.push({ allocation: id, because: 'no waiting run could use it' });
      continue;
    }
    const sinceMs = memory.surplusSince[id] ?? nowMs;
    const dueAtMs = sinceMs + decideTimes.pendingHysteresisMs;
    if (dueAtMs <= nowMs) {
      cancels.push({ allocation: id, because: `more than the waiting runs need for ${formatDuration(nowMs - sinceMs)}` });
      continue;
    }
    surplusSince[id] = sinceMs;
    wakeAtMs = wakeAtMs === null ? dueAtMs : Math.min(wakeAtMs, dueAtMs);
  }
  return { cancels, surplusSince, wakeAtMs };
}
