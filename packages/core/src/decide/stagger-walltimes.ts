import type { ClusterDefinition } from '../model/definition.ts';
import type { Run } from '../model/run.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { canResume } from './checkpoints.ts';
import { freshLifeMs, neededLifeMs } from './fit.ts';
import { attemptTimeOf } from './predict.ts';
import { decideTimes } from './times.ts';

/**
 * The walltime of each of `count` further nodes of a cluster that has `open` allocations already; null when all get the
 * whole one. Nodes that come together would end together, and all of their runs would wait for new ones at the same time.
 * When they end one by one, the runs of each find the slots that became free on the others: the end of an allocation is a
 * move that costs nothing, for the runs save themselves then anyway. `longestMs` is what each node must live for its runs.
 */
export function staggeredWalltimes(
  { walltimeMs }: ClusterDefinition,
  open: number,
  count: number,
  longestMs: number,
): readonly number[] | null {
  if (walltimeMs === null || walltimeMs * decideTimes.staggerShare < decideTimes.startUpMs || open + count < 2) return null;
  const walltimes = Array.from({ length: count }, (_, i) => {
    const shorterMs = walltimeMs * decideTimes.staggerShare * spread(open + i);
    const staggeredMs = walltimeMs - Math.floor(shorterMs / decideTimes.walltimeStepMs) * decideTimes.walltimeStepMs;
    return freshLifeMs(staggeredMs) < longestMs ? walltimeMs : staggeredMs;
  });
  return walltimes.every((ms) => ms === walltimeMs) ? null : walltimes;
}

/** How long a node must live for each of these runs to start there; without end when nobody knows how long one needs that cannot resume. */
export function longestNeedMs(snapshot: Snapshot, cluster: ClusterDefinition, runs: readonly Run[]): number {
  let longestMs = 0;
  for (const run of runs) {
    const time = attemptTimeOf(snapshot, run);
    if (time === null && !canResume(run)) return Number.POSITIVE_INFINITY;
    longestMs = Math.max(longestMs, neededLifeMs(run, time, cluster));
  }
  return longestMs;
}

/** Multiples of the golden ratio, 0 to 1: however many there are, they lie far apart. The first is 0. */
function spread(index: number): number {
  return (index * 0.618_033_988_75) % 1;
}
