import { buildCapability, hostCapability, imageCapability } from '@juqueue/core';
import type { HubDefinition, HubProfile, HubProfileKind } from '@juqueue/core';
import type { Capability } from '../agent-protocol/messages.ts';
import { isBelow, isBuild, readBuild } from '../model/build-reference.ts';
import type { BuildReference } from '../model/build-reference.ts';
import type { Job } from '../model/job.ts';
import type { JobRecord } from './agent-state.ts';
import { fenceLine } from './fence-script.ts';

/** How a job is executed here. */
export type JobPlan = Omit<HubProfile, 'name'> & {
  readonly cmd: readonly string[];
  /** What its image is built from, when it is. */
  readonly build?: BuildReference;
};

export type Planning = { readonly kind: 'planned'; readonly plan: JobPlan } | { readonly kind: 'refused'; readonly because: string };

/** Where the script of a job lies in its run directory. */
export const scriptPath = 'job-script';

/** What this agent offers: its profiles, images when it executes those of others, the host when somebody may use it. */
export function capabilitiesOf(hub: HubDefinition): readonly Capability[] {
  const of = (profile: string, { resources, clusters, maxJobs }: Pick<HubProfile, 'resources' | 'clusters' | 'maxJobs'>): Capability => ({
    profile,
    maxConcurrent: Math.min(maxJobs, hub.maxJobs),
    resources,
    cluster: clusters[0] ?? null,
  });
  return [
    ...hub.profiles.map((profile) => of(profile.name, profile)),
    ...(hub.images === null ? [] : [of(imageCapability, hub.images)]),
    ...(hub.images === null || hub.buildFrom.length === 0 ? [] : [of(buildCapability, hub.images)]),
    ...(hub.hostUsers.length === 0 ? [] : [of(hostCapability, { resources: { slots: 1 }, clusters: hub.clusters, maxJobs: hub.maxJobs })]),
  ];
}

/** How this job is executed here, or why it is not, as a sentence. The hub has looked already; who executes looks again. */
export function planJob(hub: HubDefinition, job: Job): Planning {
  const { profile: profileName, image, command } = job.definition;
  if (profileName !== null) {
    const profile = hub.profiles.find(({ name }) => name === profileName);
    if (profile === undefined) return refused(`this agent has no profile '${profileName}'`);
    if (profile.execution.kind === 'host' && !hub.hostUsers.includes(job.owner))
      return refused(
        `'${job.owner}' is not among the host_users of this agent, and the profile '${profileName}' executes without a container`,
      );
    if (profile.entrypoint === null)
      return command === null
        ? refused(`the profile '${profileName}' has no program of its own, and the job names none`)
        : withLimits({ ...profile, cmd: commandOf(job, profile.execution) }, job);
    if (command?.kind === 'script')
      return refused(`the profile '${profileName}' has a program of its own, which takes arguments and no script`);
    return withLimits({ ...profile, cmd: [...profile.entrypoint, ...(command?.argv ?? [])] }, job);
  }
  if (command === null) return refused('the job has neither a profile nor a command');
  if (image !== null) {
    if (hub.images === null || hub.images.execution.kind !== 'container')
      return refused('this agent executes no images but those of its profiles');
    if (isBuild(image)) {
      const build = readBuild(image);
      if (!isBelow(build, hub.buildFrom)) return refused(`this agent builds no images from ${build.url}`);
      return withLimits({ ...hub.images, entrypoint: null, env: {}, outputs: null, cmd: commandOf(job, hub.images.execution), build }, job);
    }
    if (!isRegistryImage(image, hub.images.execution.runtime))
      return refused(`the image '${image}' is not the name of an image of a registry, such as docker://python:3.13`);
    const execution = { ...hub.images.execution, image };
    return withLimits({ ...hub.images, execution, entrypoint: null, env: {}, outputs: null, cmd: commandOf(job, execution) }, job);
  }
  if (!hub.hostUsers.includes(job.owner))
    return refused(`'${job.owner}' is not among the host_users of this agent: without a container nothing separates a job from its owner`);
  const host: Omit<HubProfile, 'name'> = {
    execution: { kind: 'host' },
    entrypoint: null,
    env: {},
    resources: job.definition.resources,
    clusters: hub.clusters,
    timeMs: null,
    timeLimitMs: null,
    checkpoint: { kind: 'none' },
    outputs: null,
    maxJobs: hub.maxJobs,
  };
  return withLimits({ ...host, cmd: commandOf(job, host.execution) }, job);
}

function refused(because: string): Planning {
  return { kind: 'refused', because };
}

/** No path, variable or option can be meant by it. */
function isRegistryImage(image: string, runtime: string): boolean {
  const name = '[A-Za-z0-9][A-Za-z0-9._:/@-]*';
  return (
    new RegExp(`^(docker|oras|library)://${name}$`).test(image) ||
    ((runtime === 'docker' || runtime === 'podman') && new RegExp(`^${name}$`).test(image))
  );
}

function commandOf({ definition: { command } }: Job, execution: HubProfileKind): readonly string[] {
  if (command === null) return [];
  if (command.kind === 'argv') return command.argv;
  return [...command.interpreter, execution.kind === 'container' ? `/work/${scriptPath}` : `./${scriptPath}`];
}

/** A job takes what it asks for, and no more than its profile has. */
function withLimits(plan: JobPlan, { definition, order }: Job): Planning {
  const strange =
    plan.execution.kind === 'host'
      ? undefined
      : Object.entries(definition.env).find(([name, value]) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || /[\0\n]/.test(value));
  if (strange !== undefined)
    return refused(`the variable '${strange[0]}' cannot be given to a container: its name is none, or its value has several lines`);
  if (order.cluster !== null && !plan.clusters.includes(order.cluster))
    return refused(`the job wants the cluster '${order.cluster}', and it may use ${plan.clusters.join(', ')}`);
  const resources: Record<string, number> = { ...plan.resources };
  for (const [name, asked] of Object.entries(definition.resources)) {
    const most = plan.resources[name];
    if (most !== undefined && asked > most) return refused(`the job asks for ${asked} ${name}, and this profile has ${most}`);
    if (name !== 'slots' || definition.profile === null) resources[name] = asked;
  }
  const limits = [plan.timeLimitMs, definition.timeLimitMs].filter((limit) => limit !== null);
  return {
    kind: 'planned',
    plan: {
      ...plan,
      resources: { slots: plan.resources.slots, ...resources },
      clusters: order.cluster === null ? plan.clusters : [order.cluster],
      timeLimitMs: limits.length === 0 ? null : Math.min(...limits),
    },
  };
}

/** Where the fence lies, as nodes see it. */
export interface FencePaths {
  readonly fence: string;
  readonly lease: string;
  /** Variables that exist in the container only. */
  readonly env: string;
}

/** The row of a job attempt in the definition of the agent's experiment. */
export function rowOf(
  { job, attempt, run }: Pick<JobRecord, 'job' | 'attempt' | 'run'>,
  plan: JobPlan,
  binds: readonly string[],
  paths: FencePaths,
): Readonly<Record<string, unknown>> {
  const { slots, ...others } = plan.resources;
  return {
    id: run,
    cmd: plan.cmd,
    cluster: plan.clusters,
    slots,
    resources: resourcesOf(others),
    priority: job.order.priority,
    ...(plan.timeMs === null ? {} : { time: `${plan.timeMs}ms` }),
    ...(plan.timeLimitMs === null ? {} : { time_limit: `${plan.timeLimitMs}ms` }),
    checkpoint: checkpointOf(plan.checkpoint),
    executor: {
      env: {
        ...literally(plan.env),
        ...literally(outerEnvironment(plan.execution, job.definition.env)),
        JUQUEUE_JOB: job.id,
        JUQUEUE_JOB_ATTEMPT: String(attempt),
        JUQUEUE_HUB_FENCE: paths.fence,
        JUQUEUE_HUB_LEASE: paths.lease,
        // Other runtimes give their containers a table of processes themselves.
        ...(plan.execution.kind === 'container' && plan.execution.runtime === 'charliecloud' ? { JUQUEUE_HUB_ALONE: '1' } : {}),
      },
      prepend_script: [fenceLine],
      ...containerOf(plan.execution, binds, environmentFile(plan.execution, job.definition.env) === null ? null : paths.env),
    },
  };
}

function resourcesOf(amounts: Readonly<Record<string, number>>): Readonly<Record<string, number | string>> {
  return Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, name === 'mem' ? `${amount}B` : amount]));
}

function checkpointOf(checkpoint: HubProfile['checkpoint']): unknown {
  switch (checkpoint.kind) {
    case 'undeclared':
    case 'none':
      return 'none';
    case 'assumed':
      return 'assumed';
    case 'every':
      return { every: `${checkpoint.everyMs}ms` };
    case 'signal':
      return { signal: checkpoint.signal, grace: `${checkpoint.graceMs}ms`, exit_code: checkpoint.exitCode };
  }
}

/**
 * Variables of a job that the node's own processes may see. Those of a container must not reach what stands around it: a
 * LD_PRELOAD or BASH_ENV of a job would execute its code outside.
 */
function outerEnvironment(execution: HubProfileKind, env: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  if (execution.kind === 'host') return env;
  const prefix = { apptainer: 'APPTAINERENV_', singularity: 'SINGULARITYENV_', charliecloud: null, docker: null, podman: null }[
    execution.runtime
  ];
  return prefix === null ? {} : Object.fromEntries(Object.entries(env).map(([name, value]) => [`${prefix}${name}`, value]));
}

/** The same for runtimes that read them from a file; null where there is none to write. */
export function environmentFile(execution: HubProfileKind, env: Readonly<Record<string, string>>): string | null {
  if (execution.kind === 'host' || Object.keys(env).length === 0) return null;
  const line = { apptainer: null, singularity: null, charliecloud: quoted, docker: plain, podman: plain }[execution.runtime];
  return line === null
    ? null
    : Object.entries(env)
        .map(([name, value]) => line(name, value))
        .join('');
}

/** Charliecloud takes one pair of quotes away. */
function quoted(name: string, value: string): string {
  return `${name}='${value}'\n`;
}

function plain(name: string, value: string): string {
  return `${name}=${value}\n`;
}

/** Values mean themselves: what would be a variable of the node, or a secret of its owner, is the text. */
function literally(env: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value.replaceAll('${', () => '$${')]));
}

/**
 * The container sees its run directory and what it was given. Each runtime shares something else when nobody says otherwise: apptainer
 * the home folder and /tmp, charliecloud /tmp.
 */
function containerOf(execution: HubProfileKind, binds: readonly string[], envFile: string | null): Readonly<Record<string, unknown>> {
  if (execution.kind === 'host') return {};
  const { runtime, image, network, bind, gpu } = execution;
  const isolation: Readonly<Record<typeof runtime, readonly string[]>> = {
    apptainer: ['--containall'],
    singularity: ['--containall'],
    charliecloud: ['--private-tmp'],
    docker: ['--security-opt', 'no-new-privileges', '--cap-drop', 'ALL'],
    podman: ['--security-opt', 'no-new-privileges', '--cap-drop', 'ALL'],
  };
  const variables: Readonly<Record<typeof runtime, readonly string[]>> = {
    apptainer: [],
    singularity: [],
    charliecloud: [`--set-env=${envFile}`],
    docker: ['--env-file', `${envFile}`],
    podman: ['--env-file', `${envFile}`],
  };
  return {
    container: {
      runtime,
      image,
      network,
      bind: [...bind, ...binds],
      ...(gpu === null ? {} : { gpu }),
      cleanenv: true,
      args: [...isolation[runtime], ...(envFile === null ? [] : variables[runtime])],
    },
  };
}

/** The file that defines the agent's experiment. */
export function definitionText(experiment: string, hub: HubDefinition, rows: readonly Readonly<Record<string, unknown>>[]): string {
  const head = { name: experiment, autostart: true, max_failures: 'off', defaults: { cluster: hub.clusters, checkpoint: 'none' } };
  return [head, ...rows].map((line) => `${JSON.stringify(line)}\n`).join('');
}

export function runOf(job: string, attempt: number): string {
  return `${job}-${attempt}`;
}
