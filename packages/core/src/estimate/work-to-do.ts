import type { CheckpointContract, ClusterDefinition, ResourceVector } from '../model/definition.ts';
import type { ClusterName, ExperimentName } from '../model/ids.ts';
import type { Run } from '../model/run.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Prediction } from '../decide/predict.ts';
import { canResume } from '../decide/checkpoints.ts';
import { needOf, shareOf } from '../decide/fit.ts';
import { freshNodeRefusal } from '../decide/growth.ts';
import { shapeKey } from '../decide/order-runs.ts';
import { attemptTimeOf, remainingOf } from '../decide/predict.ts';

/** Where an expected time comes from; `assumed` was given with the question. */
export type TimeSource = Prediction['source'] | 'assumed';

/** Runs of one experiment that are equal to the packer and take about the same time. */
export interface WorkGroup {
  readonly experiment: ExperimentName;
  readonly experimentOrder: number;
  readonly priority: number;
  readonly resources: ResourceVector;
  /** What they declared, or showed. */
  readonly checkpoint: CheckpointContract;
  readonly source: TimeSource;
  /** The largest of a run's shares of a node's resources, 0 to 1. */
  readonly share: number;
  readonly runs: number;
  /** Mean of their expected times. */
  readonly ms: number;
  /** Mean of the times that nine of ten do not exceed; the same as `ms` where the time is not learned. */
  readonly upperMs: number;
}

/** What is known of the runs that would go to one cluster. */
export interface ClusterWork {
  readonly cluster: ClusterDefinition;
  readonly groups: readonly WorkGroup[];
  readonly sources: Readonly<Record<TimeSource, number>>;
  /** Runs of which nothing is known; they are in no group. */
  readonly unknownRuns: number;
}

type Growing<T> = { -readonly [Key in keyof T]: T[Key] };

interface Gathered {
  readonly cluster: ClusterDefinition;
  readonly groups: Map<string, Growing<WorkGroup>>;
  readonly sources: Record<TimeSource, number>;
  unknownRuns: number;
}

/**
 * The work that runs still are, by the first of their clusters that could ever start them. Runs that have ended are asked
 * about too: as if they were resumed. It grows with the kinds of runs, not with their number, so that a million can be
 * asked about.
 */
export class WorkToDo {
  readonly #assumedMs: number | null;
  readonly #clusters = new Map<ClusterName, Gathered>();
  #homeless = 0;

  /** `assumedMs` stands for the times that nobody knows. */
  constructor(assumedMs: number | null) {
    this.#assumedMs = assumedMs;
  }

  /** Runs that no cluster can start. */
  get homeless(): number {
    return this.#homeless;
  }

  get clusters(): readonly ClusterWork[] {
    return [...this.#clusters.values()].map(({ groups, ...rest }) => ({ ...rest, groups: [...groups.values()] }));
  }

  add(snapshot: Snapshot, run: Run, nowMs: number): void {
    const cluster = run.definition.clusters
      .map((name) => snapshot.clusters.get(name))
      .find((candidate) => candidate !== undefined && freshNodeRefusal(snapshot, run, candidate) === null);
    if (cluster === undefined) {
      this.#homeless += 1;
      return;
    }
    const gathered = this.#clusters.get(cluster.name) ?? {
      cluster,
      groups: new Map(),
      sources: { declared: 0, learned: 0, progress: 0, assumed: 0 },
      unknownRuns: 0,
    };
    this.#clusters.set(cluster.name, gathered);
    const time = (run.status === 'running' ? remainingOf(snapshot, run, nowMs) : attemptTimeOf(snapshot, run)) ?? assumed(this.#assumedMs);
    if (time === null) {
      gathered.unknownRuns += 1;
      return;
    }
    gathered.sources[time.source] += 1;
    const key = `${run.experiment} ${shapeKey(run)} ${time.source} ${gridStep(time.ms)} ${gridStep(time.upperMs)}`;
    const group = gathered.groups.get(key);
    if (group === undefined) gathered.groups.set(key, groupOf(run, cluster, time));
    else addTo(group, time);
  }
}

interface ExpectedTime {
  readonly ms: number;
  readonly upperMs: number;
  readonly source: TimeSource;
}

function assumed(ms: number | null): ExpectedTime | null {
  return ms === null ? null : { ms, upperMs: ms, source: 'assumed' };
}

function groupOf(run: Run, cluster: ClusterDefinition, { ms, upperMs, source }: ExpectedTime): WorkGroup {
  const { priority, checkpoint } = run.definition;
  const resources = needOf(run.definition, cluster);
  return {
    experiment: run.experiment,
    experimentOrder: run.experimentOrder,
    priority,
    resources,
    checkpoint: checkpoint.kind === 'undeclared' && canResume(run) ? { kind: 'assumed' } : checkpoint,
    source,
    share: shareOf(resources, cluster.nodeResources),
    runs: 1,
    ms,
    upperMs,
  };
}

function addTo(group: Growing<WorkGroup>, { ms, upperMs }: ExpectedTime): void {
  group.runs += 1;
  group.ms += (ms - group.ms) / group.runs;
  group.upperMs += (upperMs - group.upperMs) / group.runs;
}

/** Times within a percent of each other are one to an estimate. */
const gridRatio = 1.01;

function gridStep(ms: number): number {
  return Math.round(Math.log(Math.max(1, ms)) / Math.log(gridRatio));
}
