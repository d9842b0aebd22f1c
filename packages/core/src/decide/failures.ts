import type { ExperimentName, NodeId, RunId } from '../model/ids.ts';

/** One attempt that ended by itself on a node, failed or not. */
export interface EndedOnNode {
  readonly run: RunId;
  readonly experiment: ExperimentName;
  readonly hasFailed: boolean;
  /** From its start to its end. */
  readonly tookMs: number;
}

/** What the attempts that ended on a node say of it. */
export interface NodeRecord {
  /** Runs that failed soon after their start, in a row up to now, each once. */
  readonly earlyFailures: readonly RunId[];
  /** Experiments of those runs. */
  readonly failedExperiments: ReadonlySet<ExperimentName>;
  /** Experiments of which an attempt went well there. */
  readonly goodExperiments: ReadonlySet<ExperimentName>;
}

/** A node that lets runs fail which elsewhere do not. */
export interface BadNode {
  readonly node: NodeId;
  /** To be resumed: the node, not they, is suspected. */
  readonly failedRuns: readonly RunId[];
}

export const failureLimits = {
  /** This many different runs in a row are no accident of one of them. */
  badNodeAfter: 5,
  /** A run that fails so soon has met its surroundings, not its own work. */
  earlyMs: 60_000,
  /** An experiment is not held before so many runs failed: the first of a sweep may fail by themselves. */
  maxFailuresMin: 10,
} as const;

const unknownNode: NodeRecord = { earlyFailures: [], failedExperiments: new Set(), goodExperiments: new Set() };

/** The record of a node after one more attempt has ended there. */
export function noteEnding(record: NodeRecord = unknownNode, { run, experiment, hasFailed, tookMs }: EndedOnNode): NodeRecord {
  if (!hasFailed || tookMs > failureLimits.earlyMs) {
    const goodExperiments = record.goodExperiments.has(experiment)
      ? record.goodExperiments
      : new Set([...record.goodExperiments, experiment]);
    return { earlyFailures: [], failedExperiments: new Set(), goodExperiments };
  }
  if (record.earlyFailures.includes(run)) return record;
  return {
    ...record,
    earlyFailures: [...record.earlyFailures, run],
    failedExperiments: new Set([...record.failedExperiments, experiment]),
  };
}

/**
 * Is this node bad? When enough different runs in a row failed there soon after their start, and on another node, whose
 * newest attempts went well, runs of the same experiments do not fail: else the runs are to blame. Costs a look at the
 * nodes; asked when an attempt has failed.
 */
export function badNode(node: NodeId, records: ReadonlyMap<NodeId, NodeRecord>): BadNode | null {
  const record = records.get(node);
  if (record === undefined || record.earlyFailures.length < failureLimits.badNodeAfter) return null;
  for (const [other, { earlyFailures, goodExperiments }] of records) {
    if (other === node || earlyFailures.length > 0) continue;
    if ([...record.failedExperiments].every((experiment) => goodExperiments.has(experiment)))
      return { node, failedRuns: record.earlyFailures };
  }
  return null;
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
export function tooManyFailures({ experiment, finished, failed, ways }: FailureCount, maxShare: number): string | null {
  const ended = finished + failed;
  if (failed < failureLimits.maxFailuresMin || failed <= maxShare * ended) return null;
  const [way, times] = [...ways].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))[0] ?? ['', 0];
  const how = times > 1 ? `${times} of ${ended} runs failed the same way (${way})` : `${failed} of ${ended} runs failed`;
  return `${how}; the rest of ${experiment} is held until runs of it are resumed`;
}
