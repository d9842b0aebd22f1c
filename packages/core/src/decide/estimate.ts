import type { Prediction } from './predict.ts';
import { projectNodes } from './project-nodes.ts';

export interface EstimateOptions {
  readonly slotsPerNode: number;
  readonly startUpMs: number;
  /** The most nodes that may be used at a time. */
  readonly maxNodes: number;
}

/** What some number of nodes would cost and take. */
export interface EstimatePoint {
  readonly nodes: number;
  readonly billedNodeMs: number;
  readonly makespanMs: number;
}

export interface Estimate {
  /** For 1, 2, 4 … nodes, and for the most that are of any use. */
  readonly points: readonly EstimatePoint[];
  /** The point after which further nodes cost more in proportion than they save in time. */
  readonly knee: EstimatePoint | null;
  /** How many of the runs have a time that was declared, learned, or told by progress. */
  readonly sources: Readonly<Record<Prediction['source'], number>>;
  /** Runs of which nothing is known; they are not part of the points. */
  readonly unknownRuns: number;
}

/**
 * What will it cost, and how long will it take? Longest first on 1, 2, 4 … nodes, each given back when it is empty, from
 * times that are declared or learned (null for runs of which nothing is known).
 */
export function estimate(times: readonly (Pick<Prediction, 'ms' | 'source'> | null)[], { slotsPerNode, startUpMs, maxNodes }: EstimateOptions): Estimate {
  const known = times.filter((time) => time !== null);
  const longestFirst = known.map((time) => time.ms).sort((a, b) => b - a);
  const sources = { declared: 0, learned: 0, progress: 0 };
  for (const time of known) sources[time.source] += 1;
  const points = nodeCounts(Math.min(maxNodes, Math.ceil(longestFirst.length / slotsPerNode))).map((nodes): EstimatePoint => {
    const fresh = { fromMs: 0, freeAtMs: new Array<number>(slotsPerNode).fill(startUpMs) };
    const { endMs, billedMs } = projectNodes(new Array(nodes).fill(fresh), longestFirst);
    return { nodes, billedNodeMs: billedMs, makespanMs: endMs };
  });
  return { points, knee: kneeOf(points), sources, unknownRuns: times.length - known.length };
}

function nodeCounts(most: number): readonly number[] {
  const counts: number[] = [];
  for (let count = 1; count < most; count *= 2) counts.push(count);
  return most > 0 ? [...counts, most] : [];
}

/** The last point up to which each doubling saved a larger part of the time than it added to the bill. */
function kneeOf(points: readonly EstimatePoint[]): EstimatePoint | null {
  let knee = points[0] ?? null;
  for (const point of points) {
    if (knee === null || point === knee) continue;
    const savedPart = 1 - point.makespanMs / knee.makespanMs;
    const addedPart = point.billedNodeMs / knee.billedNodeMs - 1;
    if (savedPart <= addedPart || savedPart <= 0) return knee;
    knee = point;
  }
  return knee;
}
