import { fencingBounds } from '../fencing/cluster-times.ts';
import type { ClusterDefinition, ClusterFencing, OnManagerLost, ResourceVector, ScalingPolicy } from '../model/definition.ts';
import { formatDuration } from '../model/duration.ts';
import type { HubDefinition } from '../model/hub.ts';
import type { ClusterName } from '../model/ids.ts';
import { compileShape } from './check-shape.ts';
import type { ShapeIssue } from './check-shape.ts';
import type { LocalClusterSource, SlurmClusterSource } from './clusters-schema.ts';
import { anyClusterSchema, localClusterSchema, slurmClusterSchema } from './clusters-schema.ts';
import { durationMs } from './duration-text.ts';
import { nameExpectation, nameKey, nameObjection } from './names.ts';
import { ProblemList } from './problem-list.ts';
import { readBilling } from './read-billing.ts';
import type { DefinitionProblem } from './problem.ts';
import { showValue } from './show-value.ts';
import { readBudget } from './read-budget.ts';
import { resourceAmounts } from './resource-amounts.ts';
import { sizeBytes } from './size-text.ts';
import { slurmDriver } from './slurm-driver.ts';
import { isMapping } from './mapping.ts';
import { isHub, readHub } from './read-hub.ts';
import { readYaml } from './yaml-source.ts';

/**
 * What `clusters.yaml` says. `broken` names the clusters that stand in it with errors: they keep their last good version.
 * `isReadable` is false when nothing can be said about any cluster.
 */
export interface ClustersReading {
  readonly isReadable: boolean;
  readonly clusters: readonly ClusterDefinition[];
  readonly broken: readonly ClusterName[];
  readonly hub: HubWish;
  readonly problems: readonly DefinitionProblem[];
}

/** The hub that is served: none without the key `hub`; as before when it has errors. */
export type HubWish = HubDefinition | 'none' | 'as-before';

const checkAny = compileShape(anyClusterSchema);
const checkLocal = compileShape(localClusterSchema);
const checkSlurm = compileShape(slurmClusterSchema);

/** Why directives of a Slurm cluster cannot be passed to sbatch, a sentence each. Known by the package that submits. */
export type DirectiveCheck = (directives: readonly string[]) => readonly string[];

export function readClusters(file: string, text: string, checkDirectives: DirectiveCheck): ClustersReading {
  const source = readYaml(file, text);
  const problems = new ProblemList(source);
  if (source.value !== undefined && !isMapping(source.value)) {
    problems.add(
      [],
      'value',
      'wrong-value',
      `expected a mapping of cluster names, found ${showValue(source.value)}`,
      'juqueue init writes an example',
    );
  }
  const isReadable = problems.errorCount === 0;
  const clusters: ClusterDefinition[] = [];
  const broken: ClusterName[] = [];
  const names = new Map<string, ClusterName>();
  const entries = isMapping(source.value) ? Object.entries(source.value) : [];
  for (const [name, value] of entries) {
    if (isHub(name, value)) continue;
    const errorsBefore = problems.errorCount;
    checkName(problems, name, names);
    const definition = readCluster(name, value, (issue) => problems.addIssue(`cluster '${name}'`, [name], issue));
    if (definition?.type === 'slurm') reportDirectives(problems, name, value, checkDirectives);
    if (definition !== null) reportTimes(problems, definition);
    if (definition !== null && problems.errorCount === errorsBefore) clusters.push(definition);
    else broken.push(name);
  }
  const hubEntry = entries.find(([name, value]) => isHub(name, value));
  const hub =
    hubEntry === undefined
      ? 'none'
      : (readHub(hubEntry[1], [...names.values()], (issue) => problems.addIssue('hub', ['hub'], issue)) ?? 'as-before');
  return isReadable
    ? { isReadable, clusters, broken, hub, problems: problems.all }
    : { isReadable, clusters: [], broken: [], hub: 'as-before', problems: problems.all };
}

/** `names` holds the names before this one, and takes it. */
function checkName(problems: ProblemList, name: ClusterName, names: Map<string, ClusterName>): void {
  const objection = nameObjection(name);
  if (objection !== null) problems.add([name], 'key', 'bad-name', `cluster '${name}': the name ${objection}, expected ${nameExpectation}`);
  const twin = names.get(nameKey(name));
  if (twin !== undefined) problems.add([name], 'key', 'bad-name', `cluster '${name}': the name differs from '${twin}' only by case`);
  names.set(nameKey(name), name);
}

function readCluster(name: ClusterName, value: unknown, report: (issue: ShapeIssue) => void): ClusterDefinition | null {
  const typed = checkAny(value);
  if (typed.kind === 'refused') {
    typed.issues.forEach(report);
    return null;
  }
  const reading = typed.value.type === 'local' ? checkLocal(value) : checkSlurm(value);
  reading.issues.forEach(report);
  if (reading.kind === 'refused') return null;
  const definition = build(name, reading.value);
  const { billing, issues } = readBilling(reading.value.billing, definition.nodeResources);
  issues.forEach(report);
  return billing === null ? definition : { ...definition, billing };
}

/** Times that contradict the rules of fencing, each at its key. */
function reportTimes(problems: ProblemList, { name, fencing }: ClusterDefinition): void {
  const keys = { leaseMs: 'lease', fsStalenessMs: 'fs_staleness', linkPatienceMs: 'link_patience' } as const;
  for (const [key, written] of Object.entries(keys) as readonly (readonly [keyof typeof keys, string])[]) {
    const [shortestMs, longestMs] = fencingBounds[key];
    const ms = fencing[key];
    if (ms === null || (ms >= shortestMs && ms <= longestMs)) continue;
    problems.add(
      [name, written],
      'value',
      'wrong-value',
      `cluster '${name}', ${written}: expected from ${formatDuration(shortestMs)} to ${formatDuration(longestMs)}, found ${formatDuration(ms)}`,
    );
  }
}

/** Of clusters that are otherwise well. */
function reportDirectives(problems: ProblemList, name: ClusterName, value: unknown, check: DirectiveCheck): void {
  for (const key of ['job_extra_directives', 'job_extra']) {
    const directives: unknown = isMapping(value) ? value[key] : undefined;
    for (const [index, directive] of (Array.isArray(directives) ? directives : []).entries()) {
      for (const objection of check([String(directive)]))
        problems.add([name, key, index], 'value', 'wrong-value', `cluster '${name}', ${key}[${index}]: ${objection}`);
    }
  }
}

/** An idle node goes after this long when more work may come: long enough for the next run of a chain to become ready. */
const defaultIdleTimeoutMs = 30_000;
/** What most programs need to write a checkpoint, and what people expect between SIGTERM and SIGKILL. */
const defaultGraceMs = 30_000;

/** More than anybody reads, and little beside what a file system holds. */
const defaultLogLimitBytes = 1024 ** 3;

function build(name: ClusterName, source: LocalClusterSource | SlurmClusterSource): ClusterDefinition {
  return {
    name,
    type: source.type,
    slotsPerNode: source.num_slots,
    nodeResources: nodeResources(source),
    maxAllocations: source.max_jobs,
    scalingPolicy: scalingPolicy(source.scaling_policy),
    walltimeMs: source.walltime === undefined ? null : durationMs(source.walltime),
    idleTimeoutMs: source.idle_timeout === undefined ? defaultIdleTimeoutMs : durationMs(source.idle_timeout),
    graceMs: source.grace === undefined ? defaultGraceMs : durationMs(source.grace),
    cudaDevicesPerSlot: source.cuda_devices_per_slot ?? 0,
    environment: source.environment ?? 'inherit',
    consolidation: source.consolidation ?? 'aggressive',
    ...(source.budget === undefined ? {} : { budget: readBudget(source.budget) }),
    fencing: fencing(source),
    logLimitBytes: source.log_limit === undefined ? defaultLogLimitBytes : sizeBytes(source.log_limit),
    driver: source.type === 'slurm' ? { ...slurmDriver(source) } : {},
  };
}

function fencing(source: LocalClusterSource | SlurmClusterSource): ClusterFencing {
  const optionalMs = (text: string | undefined): number | null => (text === undefined ? null : durationMs(text));
  return {
    leaseMs: optionalMs(source.lease),
    fsStalenessMs: optionalMs(source.fs_staleness),
    linkPatienceMs: optionalMs(source.link_patience),
    onManagerLost: onManagerLost(source.on_manager_lost),
  };
}

function onManagerLost(source: LocalClusterSource['on_manager_lost']): OnManagerLost {
  return typeof source === 'object' ? { kind: 'stop', afterMs: durationMs(source.stop_after) } : { kind: 'finish' };
}

/** What the keys of the original say of a node, and `resources` over it. */
function nodeResources(source: LocalClusterSource | SlurmClusterSource): ResourceVector {
  const gpus = (source.cuda_devices_per_slot ?? 0) * source.num_slots;
  return {
    slots: source.num_slots,
    ...(source.cores === undefined ? {} : { cpus: source.cores }),
    ...(gpus === 0 ? {} : { gpus }),
    ...(source.memory === undefined ? {} : { mem: sizeBytes(source.memory) }),
    ...resourceAmounts(source.resources ?? {}),
  };
}

/** What `min_saturation` without a share means: the original named the policy but had no way to give the share. */
const defaultSaturation = 0.5;

function scalingPolicy(source: LocalClusterSource['scaling_policy']): ScalingPolicy {
  if (source === undefined) return { kind: 'maximize_running' };
  if (typeof source === 'object') return { kind: 'min_saturation', saturation: source.min_saturation };
  return source === 'min_saturation' ? { kind: source, saturation: defaultSaturation } : { kind: source };
}
