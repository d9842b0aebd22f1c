import type { Allocation } from '../model/allocation.ts';
import type { Run } from '../model/run.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { canResume, graceMsOf } from './checkpoints.ts';
import { heldRunsOf } from './nodes.ts';
import { remainingOf } from './predict.ts';
import { decideTimes } from './times.ts';

export interface Expiring {
  /** Runs that will have to go on elsewhere soon. */
  readonly runs: readonly Run[];
  /** When the next node comes near its end. */
  readonly wakeAtMs: number | null;
}

/**
 * Which runs will outlive their node and want another one soon? Those that resume, on nodes so near their end that a new
 * node requested now comes just in time. (The node itself asks them to save themselves; it knows its end best.) Runs known
 * to end before are none of them, nor those that cannot resume.
 */
export function expiringRuns(snapshot: Snapshot, nowMs: number): Expiring {
  const runs: Run[] = [];
  let wakeAtMs: number | null = null;
  for (const allocation of snapshot.allocations) {
    const { node } = allocation;
    if (node === null || node.deadlineMs === null || node.status !== 'connected' || node.idleSinceMs !== null) continue;
    const leavers = leaversOf(snapshot, allocation, nowMs);
    if (leavers.length === 0) continue;
    const nearAtMs = node.deadlineMs - leadMs(snapshot, allocation, leavers);
    if (nearAtMs <= nowMs) runs.push(...leavers);
    else wakeAtMs = wakeAtMs === null ? nearAtMs : Math.min(wakeAtMs, nearAtMs);
  }
  return { runs, wakeAtMs };
}

/** What a new node takes to come, and its runs to save themselves; never more than a part of a short walltime. */
function leadMs(snapshot: Snapshot, allocation: Allocation, leavers: readonly Run[]): number {
  const graceMs = snapshot.clusters.get(allocation.cluster)?.graceMs ?? 0;
  const wholeMs = decideTimes.startUpMs + leavers.reduce((longest, run) => Math.max(longest, graceMsOf(run, graceMs)), 0);
  return allocation.walltimeMs === null ? wholeMs : Math.min(wholeMs, allocation.walltimeMs * decideTimes.startUpShareOfWalltime);
}

function leaversOf(snapshot: Snapshot, { node }: Allocation, nowMs: number): readonly Run[] {
  if (node === null) return [];
  return [...heldRunsOf(node)].flatMap((id) => {
    const run = snapshot.run(id);
    if (run === undefined || !canResume(run) || run.execution?.startedAtMs == null) return [];
    const left = remainingOf(snapshot, run, nowMs);
    const endsInTime = left !== null && left.source !== 'learned' && node.deadlineMs !== null && nowMs + left.ms <= node.deadlineMs;
    return endsInTime ? [] : [run];
  });
}
