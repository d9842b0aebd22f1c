import type { ProjectedNode } from './project-nodes.ts';
import { lowerBoundMs } from '../ledger/lower-bound.ts';
import { freeAtEnd, projectionOf } from './project-nodes.ts';

/** Work that is to be done: a run by its expected time and the slots that nobody else can use meanwhile. */
export interface EstimatedRun {
  readonly ms: number;
  readonly slots: number;
}

export interface EstimateOptions {
  readonly slotsPerNode: number;
  readonly startUpMs: number;
  /** The most nodes that may be used at a time. */
  readonly maxNodes: number;
  readonly walltimeMs: number | null;
}

/** What some number of nodes would cost and take. */
export interface EstimatePoint {
  readonly nodes: number;
  readonly makespanMs: number;
  /** Each node given back when it is empty. */
  readonly billedNodeMs: number;
  /** The same, with runs moved together whenever a node can be emptied; what a move redoes is not counted. */
  readonly movedNodeMs: number;
}

export interface Estimate {
  /** For 1, 2, 4 … nodes, and for the most that are of any use. */
  readonly points: readonly EstimatePoint[];
  /** The point after which further nodes cost more in proportion than they save in time. */
  readonly knee: EstimatePoint | null;
  /** The least that any schedule on any number of nodes would bill. */
  readonly lowerBoundNodeMs: number;
}

/** More runs than this are not projected one by one: every m-th stands for m, on an m-th of the nodes. */
const projectedMax = 50_000;

/**
 * What will it cost, and how long will it take? By the projection that demand is decided with: longest first on 1, 2, 4 …
 * nodes. A run of several slots counts as that many of one slot, which leaves out that they must be free on one node.
 */
export function estimate(runs: readonly EstimatedRun[], options: EstimateOptions): Estimate {
  const longestFirst = runs.flatMap(({ ms, slots }) => new Array<number>(slots).fill(ms)).sort((a, b) => b - a);
  const most = Math.min(options.maxNodes, Math.ceil(longestFirst.length / options.slotsPerNode));
  const points = nodeCounts(most).map((nodes) => pointOf(longestFirst, nodes, options));
  const work = runs.map(({ ms, slots }) => ({ durationMs: ms, share: slots / options.slotsPerNode }));
  return { points, knee: kneeOf(points), lowerBoundNodeMs: runs.length === 0 ? 0 : lowerBoundMs(work, options.startUpMs, options.walltimeMs) };
}

function pointOf(longestFirst: readonly number[], nodes: number, { slotsPerNode, startUpMs }: EstimateOptions): EstimatePoint {
  const each = Math.ceil(longestFirst.length / projectedMax);
  if (nodes < each) return pointByArea(longestFirst, nodes, slotsPerNode, startUpMs);
  const fresh: ProjectedNode = { fromMs: 0, freeAtMs: new Array<number>(slotsPerNode).fill(startUpMs) };
  const projected = new Array<ProjectedNode>(Math.round(nodes / each)).fill(fresh);
  const freeAt = freeAtEnd(projected, each === 1 ? longestFirst : longestFirst.filter((_, index) => index % each === 0)) ?? [];
  const { endMs, billedMs } = projectionOf(projected, freeAt);
  return { nodes, makespanMs: endMs, billedNodeMs: billedMs * each, movedNodeMs: movedMs(freeAt.map(({ freeAtMs }) => freeAtMs), slotsPerNode) * each };
}

/** So many runs for each slot that only their sum and the longest of them count. */
function pointByArea(longestFirst: readonly number[], nodes: number, slotsPerNode: number, startUpMs: number): EstimatePoint {
  const workMs = longestFirst.reduce((sum, ms) => sum + ms, 0) / slotsPerNode;
  const billedNodeMs = workMs + nodes * startUpMs;
  return { nodes, makespanMs: startUpMs + Math.max(workMs / nodes, longestFirst[0] ?? 0), billedNodeMs, movedNodeMs: billedNodeMs };
}

/** A slot works without a pause until it is free for good, so the k-th node is needed until the (k·N − N + 1)-th slot is. */
function movedMs(freeAtMs: readonly number[], slotsPerNode: number): number {
  return freeAtMs.toSorted((a, b) => b - a).reduce((sum, ms, index) => (index % slotsPerNode === 0 ? sum + ms : sum), 0);
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
