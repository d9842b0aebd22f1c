import type { ClusterName } from '../model/ids.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Growth } from './growth.ts';
import type { Run } from '../model/run.ts';
import type { Seat } from './place-runs.ts';
import type { ProjectedNode } from './project-nodes.ts';
import { canResume } from './checkpoints.ts';
import { heldRunsOf, isOpenToRuns, isPending } from './nodes.ts';
import { needsMoreThanASlot } from './place-runs.ts';
import { attemptTimeOf, remainingOf } from './predict.ts';
import { fewestNodes } from './project-nodes.ts';
import { decideTimes } from './times.ts';
import { trustedTimes } from './trusted-times.ts';

/**
 * How many of the imagined nodes of a cluster are worth having, when all times are known: short runs can follow each other
 * on fewer nodes while the longest one runs. Null when something is not known, or when runs are too different or too many
 * to be projected one by one. `waiting`: the runs of this cluster that wait, in their order, on pending and imagined nodes first;
 * `starting`: those that the same plan starts on nodes.
 */
export function knownDemand(
  snapshot: Snapshot,
  { cluster }: Growth,
  waiting: readonly Run[],
  starting: readonly Seat[],
  imagined: number,
  nowMs: number,
): number | null {
  if (waiting.length > decideTimes.projectedRunsMax) return null;
  const times: number[] = [];
  for (const run of waiting) {
    const time = needsMoreThanASlot(run) ? null : attemptTimeOf(snapshot, run);
    if (time === null) return null;
    times.push(time.ms);
  }
  const timesMs = waiting.every(({ definition }) => definition.timeMs !== null) ? trustedTimes(times, snapshot.declaredError) : times;
  const base = nodesNow(snapshot, cluster.name, starting, nowMs);
  if (base === null) return null;
  const canMove = cluster.consolidation !== 'off' && waiting.every(canResume);
  return fewestNodes(base, freshNode(cluster.slotsPerNode, nowMs), imagined, timesMs, canMove);
}

/** The nodes that there are or will be, with the instants at which their slots are free; null when one is not known. */
function nodesNow(snapshot: Snapshot, cluster: ClusterName, starting: readonly Seat[], nowMs: number): readonly ProjectedNode[] | null {
  const nodes: ProjectedNode[] = [];
  const startingOn = Map.groupBy(starting, (seat) => seat.room.id);
  for (const allocation of snapshot.allocations) {
    if (allocation.cluster !== cluster) continue;
    if (isPending(allocation)) nodes.push(freshNode(allocation.slots, nowMs));
    const { node } = allocation;
    if (node === null || !isOpenToRuns(allocation)) continue;
    const endOf = new Map<string, number>();
    for (const id of heldRunsOf(node)) {
      const run = snapshot.run(id);
      const leftMs = run === undefined ? null : leftOf(snapshot, run, nowMs);
      if (leftMs === null) return null;
      endOf.set(id, nowMs + leftMs);
    }
    const freeAtMs = node.occupants.map((occupant) => (occupant === null ? nowMs : (endOf.get(occupant) ?? nowMs)));
    for (const { run, slots } of startingOn.get(node.id) ?? []) {
      const time = attemptTimeOf(snapshot, run);
      if (time === null) return null;
      for (const slot of slots) freeAtMs[slot] = nowMs + time.ms;
    }
    nodes.push({ fromMs: nowMs, freeAtMs });
  }
  return nodes;
}

/** Of a run that is only a little late the end is expected at any moment: else each start that takes a second would open nodes. */
function leftOf(snapshot: Snapshot, run: Run, nowMs: number): number | null {
  const left = remainingOf(snapshot, run, nowMs);
  if (left !== null) return left.ms;
  const time = attemptTimeOf(snapshot, run);
  const startedAtMs = run.execution?.startedAtMs ?? null;
  if (time === null || startedAtMs === null) return null;
  const lateMs = nowMs - startedAtMs - time.ms;
  return lateMs <= Math.max(decideTimes.makespanSlackMs, time.ms * decideTimes.lateShare) ? 0 : null;
}

function freshNode(slots: number, nowMs: number): ProjectedNode {
  return { fromMs: nowMs, freeAtMs: new Array<number>(slots).fill(nowMs + decideTimes.startUpMs) };
}
