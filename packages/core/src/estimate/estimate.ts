import type { ClusterDefinition } from '../model/definition.ts';
import type { SimulatedRun } from '../simulate/scenario.ts';
import type { Sample } from './sample-work.ts';
import type { WorkGroup } from './work-to-do.ts';
import { planTick } from '../decide/plan-tick.ts';
import { decideTimes } from '../decide/times.ts';
import { lowerBoundMs } from '../ledger/lower-bound.ts';
import { sampleRunDefinition } from '../model/samples.ts';
import { Random } from '../simulate/random.ts';
import { simulate } from '../simulate/simulate.ts';
import { GroupTimes } from './group-times.ts';
import { inOrder, sampleWork } from './sample-work.ts';

export interface EstimateQuestion {
  readonly cluster: ClusterDefinition;
  readonly groups: readonly WorkGroup[];
  /** What each node is billed before its first run. */
  readonly startUpMs: number;
  /** How wrong declared times proved to be: the deviation of the logarithm of taken over declared. */
  readonly declaredError: number;
}

/** The question with what follows from it for every number of nodes. */
interface Inquiry extends EstimateQuestion {
  readonly ordered: readonly WorkGroup[];
  readonly times: GroupTimes;
}

/** Eight times out of ten the truth is between `low` and `high`; all are equal when no time is a guess. */
export interface Range {
  readonly low: number;
  readonly likely: number;
  readonly high: number;
}

/** What the runs would cost and take if they used so many nodes at a time. */
export interface EstimatePoint {
  readonly nodes: number;
  readonly makespanMs: Range;
  readonly billedNodeMs: Range;
  /** Stops of runs that are started elsewhere so that a node can be given back. */
  readonly moves: number;
  /** Runs that walltimes would stop until they count as failed. */
  readonly failedRuns: number;
}

export interface Estimate {
  /** For at most 1, 2, 4 … nodes, by as many as would be used of them. */
  readonly points: readonly EstimatePoint[];
  /** The point after which further nodes cost more in proportion than they save in time. */
  readonly knee: EstimatePoint | null;
  /** The least that any schedule on any number of nodes would bill. */
  readonly lowerBoundNodeMs: number;
}

/**
 * More runs than this are not simulated one by one, so that an answer takes seconds: of sure times, and in each of the draws
 * of others.
 */
const sureRunsMax = 1_000;
const drawnRunsMax = 240;
/** Of nine draws of the same unknown, the next one lies between the least and the greatest eight times out of ten. */
const draws = 9;
/** How often runs save themselves of which we only know that they do. */
const usualCheckpointMs = 600_000;

/**
 * What will it cost, and how long will it take? The production decisions are simulated on this cluster with 1, 2, 4 … nodes.
 * Times that are not sure, learned ones and declared ones where those proved wrong, are drawn several times. Of more runs than can be simulated quickly a sample
 * stands for all. Equal questions have equal answers.
 */
export function estimate(question: EstimateQuestion): Estimate {
  const { cluster, startUpMs } = question;
  const ordered = inOrder(question.groups);
  const times = new GroupTimes(question.declaredError);
  const most = Math.min(cluster.maxAllocations, Math.ceil(ordered.reduce((sum, group) => sum + group.runs * group.share, 0)));
  const points: EstimatePoint[] = [];
  for (const nodes of nodeCounts(most)) {
    const point = pointOf({ ...question, ordered, times }, nodes);
    if (point.nodes > (points.at(-1)?.nodes ?? 0)) points.push(point);
  }
  const demand = ordered.map((group) => ({ durationMs: times.meanMs(group), share: group.share * group.runs }));
  return { points, knee: kneeOf(points), lowerBoundNodeMs: lowerBoundMs(demand, startUpMs, cluster.walltimeMs) };
}

interface Outcome {
  readonly makespanMs: number;
  readonly billedNodeMs: number;
  readonly moves: number;
  readonly failedRuns: number;
  readonly usedNodes: number;
}

function pointOf(inquiry: Inquiry, nodes: number): EstimatePoint {
  const { ordered, times } = inquiry;
  const isGuess = ordered.some((group) => times.isGuess(group));
  const sample = sampleWork(ordered, nodes, times, isGuess ? drawnRunsMax : sureRunsMax);
  const outcomes = Array.from({ length: isGuess ? draws : 1 }, (_, draw) => {
    const random = new Random(draw + 1);
    return outcomeOf(inquiry, sample, times.longestMs(ordered, random), random);
  });
  return {
    nodes: Math.max(...outcomes.map(({ usedNodes }) => usedNodes)),
    makespanMs: rangeOf(outcomes.map(({ makespanMs }) => makespanMs)),
    billedNodeMs: rangeOf(outcomes.map(({ billedNodeMs }) => billedNodeMs)),
    moves: rangeOf(outcomes.map(({ moves }) => moves)).likely,
    failedRuns: rangeOf(outcomes.map(({ failedRuns }) => failedRuns)).likely,
  };
}

/** One simulation, and what stands for the work that it leaves out. `longestRunMs`: of all runs, for a sample may miss it. */
function outcomeOf(
  { cluster, startUpMs, declaredError, times }: Inquiry,
  { runs, nodes, nodesEach, fullMs }: Sample,
  longestRunMs: number,
  random: Random,
): Outcome {
  const result = simulate(
    {
      runs: runs
        .toSorted((a, b) => a.experimentOrder - b.experimentOrder)
        .map((group, index) => simulatedRun(group, `r${String(index).padStart(6, '0')}`, cluster, times.drawMs(group, random))),
      cluster: { ...cluster, maxAllocations: nodes },
      declaredError,
      queueWaitMs: () => 0,
      startUpMs,
      restartMs: decideTimes.restartMs,
      nodeDiesAfterMs: () => null,
    },
    planTick,
  );
  const beforeMs =
    fullMs + startUpMs * (cluster.walltimeMs === null ? 0 : Math.floor(fullMs / Math.max(1, cluster.walltimeMs - startUpMs)));
  return {
    makespanMs: Math.max(beforeMs + result.makespanMs, startUpMs + longestRunMs),
    billedNodeMs: (beforeMs * nodes + result.billedMs) * nodesEach,
    moves: Math.round(result.moves * nodesEach),
    failedRuns: Math.round(result.failedRuns * nodesEach),
    usedNodes: Math.round(result.peakNodes * nodesEach),
  };
}

function simulatedRun(group: WorkGroup, name: string, cluster: ClusterDefinition, durationMs: number): SimulatedRun {
  const { experiment, priority, resources, checkpoint, source, ms, upperMs } = group;
  const isTold = source === 'declared' || source === 'progress';
  return {
    experiment,
    definition: sampleRunDefinition(name, {
      clusters: [cluster.name],
      resources,
      priority,
      checkpoint,
      timeMs: isTold ? Math.round(ms) : null,
    }),
    learned: source === 'learned' ? { medianMs: ms, upperMs, samples: 0, by: null } : null,
    durationMs: Math.max(1, Math.round(durationMs)),
    checkpointMs: checkpoint.kind === 'every' ? checkpoint.everyMs : checkpoint.kind === 'assumed' ? usualCheckpointMs : null,
    arrivesAtMs: 0,
  };
}

function rangeOf(values: readonly number[]): Range {
  const sorted = values.toSorted((a, b) => a - b);
  return { low: sorted[0] ?? 0, likely: sorted[sorted.length >> 1] ?? 0, high: sorted.at(-1) ?? 0 };
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
    const savedPart = 1 - point.makespanMs.likely / knee.makespanMs.likely;
    const addedPart = point.billedNodeMs.likely / knee.billedNodeMs.likely - 1;
    if (savedPart <= addedPart || savedPart <= 0) return knee;
    knee = point;
  }
  return knee;
}
