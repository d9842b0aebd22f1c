import type { HubDefinition, HubProfile } from '../model/hub.ts';
import type { ClusterName } from '../model/ids.ts';
import { compileShape } from './check-shape.ts';
import type { ShapeIssue } from './check-shape.ts';
import { durationMs } from './duration-text.ts';
import type { HubProfileSource, HubSource } from './hub-schema.ts';
import { hubSchema } from './hub-schema.ts';
import { isMapping } from './mapping.ts';
import { ProblemList } from './problem-list.ts';
import type { DefinitionProblem } from './problem.ts';
import { readCheckpoint } from './read-checkpoint.ts';
import { resourceAmounts } from './resource-amounts.ts';
import { showValue } from './show-value.ts';
import { sizeBytes } from './size-text.ts';
import { didYouMean } from './suggest.ts';
import type { ValuePath } from './source.ts';
import { readYaml } from './yaml-source.ts';

/** Jobs that an agent holds at one time, where it does not say. */
const defaultMaxJobs = 100;
const defaultMaxOutputBytes = 10 * 1024 ** 3;
const defaultMaxInputBytes = 10 * 1024 ** 3;

const check = compileShape(hubSchema);

export interface HubReading {
  /** Null when it has errors. */
  readonly definition: HubDefinition | null;
  readonly problems: readonly DefinitionProblem[];
}

/** The key `hub` of `clusters.yaml`. A mapping with `type` is a cluster that somebody called hub. */
export function isHub(name: string, value: unknown): boolean {
  return name === 'hub' && !(isMapping(value) && 'type' in value);
}

/** A file that holds nothing but what stands below `hub:` in `clusters.yaml`. */
export function readHubFile(file: string, text: string): HubReading {
  const source = readYaml(file, text);
  const problems = new ProblemList(source);
  if (source.value !== undefined && !isMapping(source.value))
    problems.add([], 'value', 'wrong-value', `expected a mapping with 'url', found ${showValue(source.value)}`);
  const isBroken = problems.errorCount > 0;
  const definition = isBroken ? null : readHub(source.value, null, (issue) => problems.addIssue('', [], issue));
  return { definition, problems: problems.all };
}

/** The agent that a mapping describes; null when it has errors. `clusters` are the known ones, null when nothing is known of them. */
export function readHub(
  value: unknown,
  clusters: readonly ClusterName[] | null,
  report: (issue: ShapeIssue) => void,
): HubDefinition | null {
  const reading = check(value);
  reading.issues.forEach(report);
  if (reading.kind === 'refused') return null;
  let errors = 0;
  const tell = (issue: ShapeIssue): void => {
    if (issue.severity === 'error') errors += 1;
    report(issue);
  };
  const source = reading.value;
  const own = clusterList(source.cluster);
  checkClusters(own, ['cluster'], clusters, tell);
  const profiles = Object.entries(source.profiles ?? {}).flatMap(([name, profile]) => {
    const at = (issue: ShapeIssue): void => tell({ ...issue, path: ['profiles', name, ...issue.path] });
    if (!/^[^\s/]+\/[^\s/]+$/.test(name)) at(fault([], 'key', `the profile '${name}' has no name of the form processor/profile`));
    if (profile.cluster !== undefined) checkClusters(clusterList(profile.cluster), ['cluster'], clusters, at);
    const read = readProfile(name, profile, source, own, at);
    return read === null ? [] : [read];
  });
  if (source.build_from !== undefined && !['charliecloud', 'apptainer', 'singularity'].includes(source.images?.runtime ?? ''))
    tell(
      fault(
        ['build_from'],
        'key',
        "'build_from' needs 'images' with the runtime charliecloud, apptainer or singularity, which executes what is built",
      ),
    );
  const definition: HubDefinition = {
    url: source.url.replace(/\/+$/, ''),
    agent: source.agent,
    protocol: source.protocol ?? 'hub',
    secretFile: source.secret_file,
    caFile: source.ca_file ?? null,
    proxy: source.proxy ?? null,
    clusters: own,
    maxJobs: source.max_jobs ?? defaultMaxJobs,
    profiles,
    images:
      source.images === undefined
        ? null
        : readImages(source.images, source, own, (issue) => tell({ ...issue, path: ['images', ...issue.path] })),
    buildFrom: (source.build_from ?? []).map((address) => new URL(address).href),
    hostUsers: source.host_users ?? [],
    roots: (source.roots ?? []).map((root) => root.replace(/(?!^)\/+$/, '')),
    inputHosts: source.input_hosts ?? [],
    allowsPrivateInputs: source.private_inputs ?? false,
    maxInputBytes: source.max_input === undefined ? defaultMaxInputBytes : sizeBytes(source.max_input),
    maxOutputBytes: source.max_output === undefined ? defaultMaxOutputBytes : sizeBytes(source.max_output),
  };
  return errors > 0 ? null : definition;
}

type Execution = Omit<HubProfileSource, 'image' | 'entrypoint' | 'host_entrypoint' | 'env' | 'outputs'>;

function readProfile(
  name: string,
  source: HubProfileSource,
  hub: HubSource,
  clusters: readonly ClusterName[],
  report: (issue: ShapeIssue) => void,
): HubProfile | null {
  const { image, host_entrypoint: program, runtime, entrypoint, env, outputs } = source;
  if ((image === undefined) === (program === undefined)) {
    report(fault([], 'value', "expected either 'image' or 'host_entrypoint'"));
    return null;
  }
  const common = {
    ...readCommon(source, hub, clusters, report),
    name,
    env: Object.fromEntries(Object.entries(env ?? {}).map(([key, value]) => [key, String(value)])),
    outputs: outputs ?? null,
  };
  if (image === undefined) {
    const strange = (['runtime', 'network', 'bind', 'gpu', 'entrypoint'] as const).find((key) => source[key] !== undefined);
    if (strange !== undefined)
      report(fault([strange], 'key', `'${strange}' belongs to a container, and this profile has a host_entrypoint`));
    return { ...common, execution: { kind: 'host' }, entrypoint: (program ?? []).map(String) };
  }
  if (runtime === undefined) {
    report(fault(['runtime'], 'key', "key 'runtime' is missing, expected the program that executes the image, such as apptainer"));
    return null;
  }
  return { ...common, execution: container(source, runtime, image), entrypoint: entrypoint?.map(String) ?? null };
}

function readImages(
  source: NonNullable<HubSource['images']>,
  hub: HubSource,
  clusters: readonly ClusterName[],
  report: (issue: ShapeIssue) => void,
): NonNullable<HubDefinition['images']> {
  return { ...readCommon(source, hub, clusters, report), execution: container(source, source.runtime, '') };
}

function readCommon(
  source: Execution,
  hub: HubSource,
  clusters: readonly ClusterName[],
  report: (issue: ShapeIssue) => void,
): Omit<HubProfile, 'name' | 'execution' | 'entrypoint' | 'env' | 'outputs'> {
  return {
    resources: { slots: source.slots ?? 1, ...resourceAmounts(source.resources ?? {}) },
    clusters: source.cluster === undefined ? clusters : clusterList(source.cluster),
    timeMs: source.time === undefined ? null : durationMs(source.time),
    timeLimitMs: source.time_limit === undefined ? null : durationMs(source.time_limit),
    checkpoint:
      source.checkpoint === undefined
        ? { kind: 'none' }
        : readCheckpoint(source.checkpoint, (issue) => report({ ...issue, path: ['checkpoint', ...issue.path] })),
    maxJobs: source.max_jobs ?? hub.max_jobs ?? defaultMaxJobs,
  };
}

function container(source: Execution, runtime: NonNullable<Execution['runtime']>, image: string): HubProfile['execution'] {
  return { kind: 'container', runtime, image, network: source.network ?? 'none', bind: source.bind ?? [], gpu: source.gpu ?? null };
}

function clusterList(cluster: string | readonly string[]): readonly ClusterName[] {
  return typeof cluster === 'string' ? [cluster] : cluster;
}

function checkClusters(
  names: readonly ClusterName[],
  path: ValuePath,
  clusters: readonly ClusterName[] | null,
  report: (issue: ShapeIssue) => void,
): void {
  for (const name of names) {
    if (clusters === null || clusters.includes(name)) continue;
    report({
      path,
      at: 'value',
      severity: 'error',
      code: 'unknown-cluster',
      message: `there is no cluster '${name}' in clusters.yaml`,
      hint: didYouMean(name, clusters),
    });
  }
}

function fault(path: ValuePath, at: 'key' | 'value', message: string): ShapeIssue {
  return { path, at, severity: 'error', code: 'wrong-value', message, hint: null };
}
