import { hash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import {
  compareIds,
  defaultLimits,
  describeChanges,
  diffExperiment,
  hubExperiment,
  nodeHoursAtRisk,
  runId,
  sameLimits,
} from '@juqueue/core';
import type {
  ClusterDefinition,
  ClusterName,
  Command,
  DefinitionChange,
  DefinedRun,
  EngineApi,
  ExperimentDefinition,
  HubDefinition,
  Kept,
  ExperimentName,
  Run,
  RunId,
} from '@juqueue/core';
import type { DefinitionsPlan } from '../app/server-context.ts';
import type { LoadedDefinitions } from './definitions-loader.ts';

/** What the plan looks at in the engine. */
export type EngineView = Pick<EngineApi, 'experiments' | 'run' | 'snapshot'>;

/** Runs that change in the same way. */
export interface ChangeGroup {
  readonly changes: readonly DefinitionChange[];
  readonly runs: readonly RunId[];
}

/** Whether only jobs of the hub came or went: its agent writes them by the minute, and nobody saved anything. */
export function isOfHubOnly(
  { clusters, experiments }: Pick<DefinitionPlan, 'clusters' | 'experiments'>,
  hub: HubDefinition | null,
): boolean {
  return (
    hub !== null &&
    clusters === null &&
    experiments.every(({ name, stopsRunning }) => name === hubExperiment(hub) && stopsRunning.length === 0)
  );
}

export interface ExperimentPlan {
  readonly name: ExperimentName;
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  readonly isNew: boolean;
  readonly isRemoved: boolean;
  /** Largest group first. */
  readonly changeGroups: readonly ChangeGroup[];
  readonly stopsRunning: readonly RunId[];
  /** What these runs would do again. */
  readonly nodeHoursAtRisk: number;
  /** Executing runs that end as what they are; in a plan that waits there are none. */
  readonly finishesRunning: readonly RunId[];
  readonly command: Extract<Command, { readonly kind: 'define-experiment' | 'remove-experiment' }>;
}

export interface ClustersPlan {
  readonly added: readonly ClusterName[];
  readonly changed: readonly ClusterName[];
  readonly removed: readonly ClusterName[];
  /** Runs on nodes of clusters that would be removed. */
  readonly stopsRunning: readonly RunId[];
  readonly nodeHoursAtRisk: number;
  readonly command: Command;
}

/** What applying loaded definitions to the engine would change. Null parts change nothing. */
export interface DefinitionPlan extends DefinitionsPlan {
  readonly clusters: ClustersPlan | null;
  readonly experiments: readonly ExperimentPlan[];
}

/**
 * Compares what is loaded with what the engine has. The engine's definitions are the last good versions: what is kept is
 * left as it is there. Null when nothing would change.
 *
 * `breathe` is awaited now and then, as 100 000 runs take half a second to compare; the engine may change meanwhile, and
 * compares again itself when a command is applied.
 */
export async function planDefinitions(
  engine: EngineView,
  loaded: LoadedDefinitions,
  nowMs: number,
  breathe: () => Promise<void>,
): Promise<DefinitionPlan | null> {
  const clusters = planClusters(engine, loaded, nowMs);
  const experiments: ExperimentPlan[] = [];
  for (const definition of loaded.experiments) {
    const plan = await planExperiment(engine, definition, nowMs, breathe);
    if (plan !== null) experiments.push(plan);
  }
  const defined = new Set(loaded.experiments.map(({ name }) => name));
  for (const name of engine.experiments.keys()) {
    const removal = defined.has(name) || isKept(loaded.keptExperiments, name) ? null : planRemoval(engine, name, nowMs);
    if (removal !== null) experiments.push(removal);
  }
  if (clusters === null && experiments.length === 0) return null;
  experiments.sort((a, b) => compareIds(a.name, b.name));
  const clustersChanged = clusters === null ? [] : [...clusters.added, ...clusters.changed, ...clusters.removed].sort(compareIds);
  return { id: planId(loaded, clustersChanged, experiments), clustersChanged, clusters, experiments };
}

/** Another plan has another id: other files, or another state that they are compared with. */
function planId(loaded: LoadedDefinitions, clustersChanged: readonly ClusterName[], experiments: readonly ExperimentPlan[]): string {
  const counts = experiments.map(({ name, added, changed, removed }) => [name, added, changed, removed]);
  return hash('sha256', JSON.stringify([loaded.files, clustersChanged, counts]), 'base64url').slice(0, 16);
}

function planClusters(engine: EngineView, { clusters, keptClusters }: LoadedDefinitions, nowMs: number): ClustersPlan | null {
  const current = engine.snapshot.clusters;
  const loadedNames = new Set(clusters.map(({ name }) => name));
  const added = clusters.filter(({ name }) => !current.has(name)).map(({ name }) => name);
  const changed = clusters
    .filter((cluster) => current.has(cluster.name) && !isDeepStrictEqual(current.get(cluster.name), cluster))
    .map(({ name }) => name);
  const absent = [...current.values()].filter(({ name }) => !loadedNames.has(name));
  const kept: ClusterDefinition[] = absent.filter(({ name }) => isKept(keptClusters, name));
  const removed = absent.filter(({ name }) => !isKept(keptClusters, name)).map(({ name }) => name);
  if (added.length + changed.length + removed.length === 0) return null;
  return {
    added,
    changed,
    removed,
    ...stops(engine, runsOn(engine, new Set(removed)), nowMs),
    command: { kind: 'define-clusters', clusters: [...clusters, ...kept] },
  };
}

function runsOn(engine: EngineView, clusters: ReadonlySet<ClusterName>): readonly RunId[] {
  const nodes = engine.snapshot.allocations.filter(({ cluster }) => clusters.has(cluster)).flatMap(({ node }) => node ?? []);
  return [...new Set(nodes.flatMap(({ occupants, ahead }) => [...occupants, ...ahead]).filter((run) => run !== null))].sort(compareIds);
}

/** Runs between two breaths. */
const runsPerBreath = 2_000;

async function planExperiment(
  engine: EngineView,
  definition: ExperimentDefinition,
  nowMs: number,
  breathe: () => Promise<void>,
): Promise<ExperimentPlan | null> {
  const { name, autostart, limits = defaultLimits } = definition;
  const view = engine.experiments.get(name);
  await breathe();
  const stored = new Map(
    remaining(engine, name).map((run) => [run.id, run.next?.kind === 'changed' ? run.next.definitionHash : run.definitionHash]),
  );
  const { added, changed, removed } = diffExperiment(stored, definition);
  if (
    view !== undefined &&
    view.autostart === autostart &&
    sameLimits(view.limits, limits) &&
    added.length + changed.length + removed.length === 0
  )
    return null;
  const changedIds = changed.flatMap((defined) => {
    const id = runId(name, defined.definition.name);
    return engine.run(id)?.definitionHash === defined.definitionHash ? [] : [id];
  });
  return {
    name,
    added: added.length,
    changed: changed.length,
    removed: removed.length,
    isNew: view === undefined,
    isRemoved: false,
    changeGroups: await groupChanges(engine, name, changed, breathe),
    ...stops(engine, executing(engine, [...changedIds, ...removed]), nowMs),
    finishesRunning: [],
    command: { kind: 'define-experiment', definition, running: 'stop' },
  };
}

/** The runs that an experiment will have when its executing attempts have ended: those that are removed already are not told again. */
function remaining(engine: EngineView, name: ExperimentName): readonly Run[] {
  return [...(engine.experiments.get(name)?.runIds ?? [])]
    .flatMap((id) => engine.run(id) ?? [])
    .filter((run) => run.next?.kind !== 'removed');
}

function planRemoval(engine: EngineView, name: ExperimentName, nowMs: number): ExperimentPlan | null {
  const ids = remaining(engine, name).map(({ id }) => id);
  if (ids.length === 0 && (engine.experiments.get(name)?.runIds.size ?? 0) > 0) return null;
  const command = { kind: 'remove-experiment', experiment: name, running: 'stop' } as const;
  return {
    name,
    added: 0,
    changed: 0,
    removed: ids.length,
    isNew: false,
    isRemoved: true,
    changeGroups: [],
    ...stops(engine, executing(engine, ids), nowMs),
    finishesRunning: [],
    command,
  };
}

function executing(engine: EngineView, ids: readonly RunId[]): readonly RunId[] {
  return ids.filter((id) => engine.run(id)?.status === 'running');
}

function stops(
  engine: EngineView,
  stopsRunning: readonly RunId[],
  nowMs: number,
): Pick<ExperimentPlan, 'stopsRunning' | 'nodeHoursAtRisk'> {
  const hours = stopsRunning.map((id) => {
    const run = engine.run(id);
    return run === undefined ? 0 : nodeHoursAtRisk(engine.snapshot, run, nowMs);
  });
  return { stopsRunning, nodeHoursAtRisk: hours.reduce((sum, each) => sum + each, 0) };
}

async function groupChanges(
  engine: EngineView,
  experiment: ExperimentName,
  changed: readonly DefinedRun[],
  breathe: () => Promise<void>,
): Promise<readonly ChangeGroup[]> {
  const groups = new Map<string, { readonly changes: readonly DefinitionChange[]; readonly runs: RunId[] }>();
  for (const [index, { definition }] of changed.entries()) {
    if (index % runsPerBreath === 0) await breathe();
    const run = engine.run(runId(experiment, definition.name));
    if (run === undefined) continue;
    const changes = describeChanges(run.next?.kind === 'changed' ? run.next.definition : run.definition, definition);
    const key = JSON.stringify(changes);
    const group = groups.get(key) ?? { changes, runs: [] };
    group.runs.push(run.id);
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => b.runs.length - a.runs.length);
}

function isKept<Name>(kept: Kept<Name>, name: Name): boolean {
  return kept === 'all' || kept.includes(name);
}
