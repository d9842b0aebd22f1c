import type { GroupTimes } from './group-times.ts';
import type { WorkGroup } from './work-to-do.ts';

/** What of the work is simulated for some number of nodes, and what stands for the rest. */
export interface Sample {
  /** Runs one by one, by the group that each is of, in the order in which they start. */
  readonly runs: readonly WorkGroup[];
  readonly nodes: number;
  /** Each simulated node stands for so many. */
  readonly nodesEach: number;
  /** How long all nodes are full with runs that start before those that are simulated. */
  readonly fullMs: number;
}

/** While so many runs a slot are still to come, nodes stay full: what they cost then is known without looking. */
const layersMax = 16;
/** Fewer would make an end of the runs that is too sharp. */
const layersMin = 4;

/** In the order of decide/order-runs, as far as groups tell. */
export function inOrder(groups: readonly WorkGroup[]): readonly WorkGroup[] {
  return groups.toSorted((a, b) => b.priority - a.priority || a.experimentOrder - b.experimentOrder || b.ms - a.ms);
}

/**
 * Which runs are simulated on so many nodes? All, when there are at most `runsMax`. Of more, only the last layers, since until
 * then all nodes are full; and where those are too many still, every m-th on an m-th of the nodes.
 */
export function sampleWork(ordered: readonly WorkGroup[], nodes: number, times: GroupTimes, runsMax: number): Sample {
  const total = ordered.reduce((sum, group) => sum + group.runs, 0);
  const meanShare = ordered.reduce((sum, group) => sum + group.runs * group.share, 0) / total;
  const atOnce = Math.max(1, Math.floor(nodes / meanShare));
  const layers = Math.min(layersMax, Math.max(layersMin, Math.floor(runsMax / atOnce)));
  const last = Math.min(total, layers * atOnce);
  const simulatedNodes = Math.max(1, Math.round(nodes / Math.max(1, last / runsMax)));
  const each = nodes / simulatedNodes;
  const before = total <= runsMax ? 0 : total - last;
  const stride = total <= runsMax ? 1 : each;
  return {
    runs: everyFrom(ordered, before, stride),
    nodes: simulatedNodes,
    nodesEach: each,
    fullMs: workOfFirst(ordered, before, times) / nodes,
  };
}

/** Every `stride`th run from the one with this index on. */
function everyFrom(ordered: readonly WorkGroup[], first: number, stride: number): readonly WorkGroup[] {
  const runs: WorkGroup[] = [];
  let at = first;
  let end = 0;
  for (const group of ordered) {
    end += group.runs;
    for (; at < end; at += stride) runs.push(group);
  }
  return runs;
}

/** Node-milliseconds of the first so many runs. */
function workOfFirst(ordered: readonly WorkGroup[], count: number, times: GroupTimes): number {
  let left = count;
  let workMs = 0;
  for (const group of ordered) {
    const taken = Math.min(left, group.runs);
    workMs += taken * times.meanMs(group) * group.share;
    left -= taken;
  }
  return workMs;
}
