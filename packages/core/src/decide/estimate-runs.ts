import type { ClusterDefinition } from '../model/definition.ts';
import type { ClusterName } from '../model/ids.ts';
import type { Run } from '../model/run.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { EstimatedRun } from './estimate.ts';
import type { Prediction } from './predict.ts';
import { needOf, shareOf } from './fit.ts';
import { freshNodeRefusal } from './growth.ts';
import { attemptTimeOf, remainingOf } from './predict.ts';

/** Where an expected time comes from; `assumed` was given with the question. */
export type TimeSource = Prediction['source'] | 'assumed';

/** What an estimate knows of the runs that would go to one cluster. */
export interface ClusterWork {
  readonly cluster: ClusterDefinition;
  readonly runs: EstimatedRun[];
  readonly sources: Record<TimeSource, number>;
  /** Runs of which nothing is known; they are not part of `runs`. */
  unknownRuns: number;
}

/**
 * The work that these runs still are, by the first of their clusters that could ever start them. `assumedMs` stands for the
 * times that nobody knows. Runs that have ended are asked about too: as if they were resumed. `homeless`: runs that no
 * cluster can start.
 */
export function workOf(snapshot: Snapshot, runs: Iterable<Run>, assumedMs: number | null, nowMs: number): { readonly clusters: readonly ClusterWork[]; readonly homeless: number } {
  const work = new Map<ClusterName, ClusterWork>();
  let homeless = 0;
  for (const run of runs) {
    const cluster = run.definition.clusters.map((name) => snapshot.clusters.get(name)).find((candidate) => candidate !== undefined && freshNodeRefusal(snapshot, run, candidate) === null);
    if (cluster === undefined) {
      homeless += 1;
      continue;
    }
    const ofCluster = work.get(cluster.name) ?? { cluster, runs: [], sources: { declared: 0, learned: 0, progress: 0, assumed: 0 }, unknownRuns: 0 };
    work.set(cluster.name, ofCluster);
    const time = run.status === 'running' ? remainingOf(snapshot, run, nowMs) : attemptTimeOf(snapshot, run);
    const ms = time?.ms ?? assumedMs;
    if (ms === null) {
      ofCluster.unknownRuns += 1;
      continue;
    }
    ofCluster.sources[time?.source ?? 'assumed'] += 1;
    ofCluster.runs.push({ ms, slots: Math.ceil(shareOf(needOf(run.definition, cluster), cluster.nodeResources) * cluster.slotsPerNode - roundingSlack) });
  }
  return { clusters: [...work.values()], homeless };
}

const roundingSlack = 1e-9;
