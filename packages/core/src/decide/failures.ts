import type { ExperimentName, NodeId, RunId } from '../model/ids.ts';

/** One attempt that ended on a node, failed or not, in the order in which they ended. */
export interface EndedOnNode {
  readonly node: NodeId;
  readonly run: RunId;
  readonly hasFailed: boolean;
  /** From its start to its end. */
  readonly tookMs: number;
}

/** A node that lets runs fail which elsewhere do not. */
export interface BadNode {
  readonly node: NodeId;
  /** To be resumed: the node, not they, is suspected. */
  readonly failedRuns: readonly RunId[];
  readonly sentence: string;
}

export const failureLimits = {
  /** This many different runs in a row are no accident of one of them. */
  badNodeAfter: 5,
  /** A run that fails so soon has met its surroundings, not its own work. */
  earlyMs: 60_000,
  /** An experiment is held when more than this part of its ended runs failed, */
  maxFailuresShare: 0.2,
  /** but not before so many did: the first runs of a sweep may fail by themselves. */
  maxFailuresMin: 10,
} as const;

/**
 * Which nodes are bad? Those on which the newest attempts, of enough different runs in a row, all failed soon after their
 * start, while no other node shows the same: when several do, the runs are to blame. `endings`: oldest first.
 */
export function badNodes(endings: readonly EndedOnNode[]): readonly BadNode[] {
  const inRow = new Map<NodeId, Set<RunId>>();
  for (const { node, run, hasFailed, tookMs } of endings) {
    if (!hasFailed || tookMs > failureLimits.earlyMs) inRow.set(node, new Set());
    else inRow.set(node, (inRow.get(node) ?? new Set()).add(run));
  }
  const suspects = [...inRow].filter(([, runs]) => runs.size >= failureLimits.badNodeAfter);
  const isAlone = inRow.size > suspects.length && suspects.length === 1;
  if (!isAlone) return [];
  return suspects.map(([node, runs]) => ({
    node,
    failedRuns: [...runs],
    sentence: `suspect node ${node}: ${runs.size} different runs in a row failed within ${failureLimits.earlyMs / 1_000} s of their start, and on no other node; resume these ${runs.size}`,
  }));
}

/** How the runs of an experiment ended so far. */
export interface FailureCount {
  readonly experiment: ExperimentName;
  readonly finished: number;
  readonly failed: number;
  /** How often each way of failing was seen, by its sentence. */
  readonly ways: ReadonlyMap<string, number>;
}

/** Why the rest of an experiment is held back; null while it may go on. */
export function tooManyFailures({ experiment, finished, failed, ways }: FailureCount, maxShare: number = failureLimits.maxFailuresShare): string | null {
  const ended = finished + failed;
  if (failed < failureLimits.maxFailuresMin || failed <= maxShare * ended) return null;
  const [way, times] = [...ways].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))[0] ?? ['', 0];
  const how = times > 1 ? `${times} of ${ended} runs of ${experiment} failed the same way (${way})` : `${failed} of ${ended} runs of ${experiment} failed`;
  return `${how}; the rest is held`;
}
