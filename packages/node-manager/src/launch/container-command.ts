import type { ContainerDefinition } from '@juqueue/core';
import { cachedImage } from '@juqueue/core';
import type { Environment } from './inheritable-environment.ts';
import type { Need } from './needs.ts';
import type { RunFiles } from './run-files.ts';

/** What a container is started with, besides its definition. Variables of the node stand for their values already. */
export interface ContainerContext {
  readonly workDir: string;
  readonly files: RunFiles;
  /** Where the command starts in it. */
  readonly cwd: string;
  /** What the definition and we add to the environment; values of secrets are not in it. */
  readonly env: Environment;
  /** Everything that the node's environment has. */
  readonly inherited: Environment;
  /** Devices as the variable that lists them has them; null when the run has none of its own. */
  readonly devices: string | null;
  /** Unique for this attempt. */
  readonly name: string;
  readonly user: { readonly name: string; readonly uid: number; readonly gid: number };
}

export interface ContainerCommand {
  readonly argv: readonly string[];
  /** What the runtime itself has to find in its environment. */
  readonly env: Environment;
  readonly needs: readonly Need[];
  /** Ends what a kill of the runtime's own process leaves, for runtimes whose containers are not its children. */
  readonly cleanup: readonly string[] | null;
}

/** Where the run directory is inside. */
const workPath = '/work';

interface Mount {
  readonly source: string;
  readonly target: string;
  readonly isReadOnly: boolean;
}

/**
 * The command line by which a runtime executes this command in its image. It is an argv throughout: no text of the user is
 * ever read by a shell. Values of variables are never in it, since every user of a machine sees the arguments of processes.
 */
export function containerCommand(container: ContainerDefinition, command: readonly string[], context: ContainerContext): ContainerCommand {
  const inner = typeof container.entrypoint === 'string' ? [container.entrypoint, ...command] : command;
  const needs = [...imageNeeds(container, context.workDir), ...mountNeeds(container)];
  switch (container.runtime) {
    case 'apptainer':
    case 'singularity':
      return { ...apptainer(container, inner, context), needs, cleanup: null };
    case 'charliecloud':
      return { ...charliecloud(container, inner, context), needs, cleanup: null };
    case 'docker':
    case 'podman':
      return { argv: dockerLike(container, command, context), env: {}, needs, cleanup: [container.runtime, 'rm', '--force', context.name] };
  }
}

function apptainer(
  container: ContainerDefinition,
  command: readonly string[],
  context: ContainerContext,
): Pick<ContainerCommand, 'argv' | 'env'> {
  const prefix = container.runtime === 'apptainer' ? 'APPTAINERENV_' : 'SINGULARITYENV_';
  // In a clean environment only what has the prefix comes in; else only what is different inside needs it.
  const inside = { ...(container.cleanEnv ? context.env : {}), ...insidePaths(context) };
  return {
    argv: [
      container.runtime,
      container.entrypoint === true ? 'run' : 'exec',
      ...(container.cleanEnv ? ['--cleanenv'] : []),
      ...(container.gpu === 'nvidia' ? ['--nv'] : container.gpu === 'rocm' ? ['--rocm'] : []),
      ...(container.network === 'none' ? ['--net', '--network', 'none'] : []),
      ...mounts(container, context).flatMap(({ source, target, isReadOnly }) => [
        '--bind',
        `${source.replace(/[\\,:]/g, '\\$&')}:${target}${isReadOnly ? ':ro' : ''}`,
      ]),
      '--pwd',
      context.cwd,
      ...container.args,
      imagePath(container, context.workDir),
      ...command,
    ],
    env: Object.fromEntries(Object.entries(inside).map(([name, value]) => [`${prefix}${name}`, value])),
  };
}

function charliecloud(
  container: ContainerDefinition,
  command: readonly string[],
  context: ContainerContext,
): Pick<ContainerCommand, 'argv' | 'env'> {
  return {
    argv: [
      ...(container.network === 'none' ? withoutNetwork : []),
      'ch-run',
      ...(container.cleanEnv
        ? Object.keys(context.inherited)
            .filter((name) => isOutside(name, context.env))
            .map((name) => `--unset-env=${name}`)
        : []),
      '--env-no-expand',
      ...Object.entries(insidePaths(context)).map(([name, value]) => `--set-env=${name}=${value}`),
      ...mounts(container, context).map(({ source, target }) => `--bind=${source}:${target}`),
      `--cd=${context.cwd}`,
      ...container.args,
      imagePath(container, context.workDir),
      '--',
      ...command,
    ],
    // It asks for USER, which a daemon or a job may not have.
    env: context.env['USER'] === undefined && context.inherited['USER'] === undefined ? { USER: context.user.name } : {},
  };
}

/** Charliecloud has no network of its own to be without. */
const withoutNetwork = ['unshare', '--map-current-user', '--net', '--'];

/** What a program needs to work at all comes in even when nothing else does. */
const alwaysInside: ReadonlySet<string> = new Set(['HOME', 'USER', 'LOGNAME', 'LANG', 'PATH', 'TERM']);

function isOutside(name: string, env: Environment): boolean {
  return env[name] === undefined && !alwaysInside.has(name) && /^\w+$/.test(name);
}

function dockerLike(container: ContainerDefinition, command: readonly string[], context: ContainerContext): readonly string[] {
  const { runtime, entrypoint } = container;
  const paths = insidePaths(context);
  const [program = '', ...args] = command;
  const { uid, gid } = context.user;
  return [
    runtime,
    'run',
    '--rm',
    '--init',
    '--name',
    context.name,
    // What it writes into the run directory has to be ours. Podman without root maps us to ourselves.
    ...(runtime === 'podman' ? (uid === 0 ? [] : ['--userns', 'keep-id']) : ['--user', `${uid}:${gid}`]),
    ...gpuOptions(container, context),
    '--network',
    container.network,
    ...mounts(container, context).flatMap(({ source, target, isReadOnly }) => [
      '--mount',
      [`type=bind`, `source=${source}`, `target=${target}`, ...(isReadOnly ? ['readonly'] : [])].map(csvField).join(','),
    ]),
    '--workdir',
    context.cwd,
    ...Object.keys(context.env)
      .filter((name) => paths[name] === undefined)
      .flatMap((name) => ['--env', name]),
    ...Object.entries(paths).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ...(entrypoint === true ? [] : ['--entrypoint', entrypoint === false ? program : entrypoint]),
    ...container.args,
    imagePath(container, context.workDir),
    ...(entrypoint === false ? args : command),
  ];
}

function gpuOptions({ runtime, gpu }: ContainerDefinition, { devices }: ContainerContext): readonly string[] {
  if (gpu === null) return [];
  if (gpu === 'rocm') return ['--device', '/dev/kfd', '--device', '/dev/dri'];
  if (runtime === 'docker') return ['--gpus', devices === null ? 'all' : csvField(`device=${devices}`)];
  return (devices === null ? ['all'] : devices.split(',')).flatMap((device) => ['--device', `nvidia.com/gpu=${device}`]);
}

/** A field that holds a comma or a quote stands in quotes, with quotes doubled. */
function csvField(field: string): string {
  return /[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

/** Our files lie elsewhere inside. */
function insidePaths({ files }: ContainerContext): Environment {
  const inside = (path: string): string => `${workPath}${path.slice(files.directory.length)}`;
  return {
    JUQUEUE_RUN_DIR: workPath,
    JUQUEUE_PROGRESS_FILE: inside(files.progress),
    JUQUEUE_CHECKPOINT_FILE: inside(files.checkpoint),
    JUQUEUE_ERROR_FILE: inside(files.error),
  };
}

function mounts({ input, output, bind }: ContainerDefinition, { files }: ContainerContext): readonly Mount[] {
  return [
    { source: files.directory, target: workPath, isReadOnly: false },
    ...(input === null ? [] : [{ source: input, target: '/input', isReadOnly: true }]),
    ...(output === null ? [] : [{ source: output, target: '/output', isReadOnly: false }]),
    ...bind.map(parseBind),
  ];
}

function parseBind(bind: string): Mount {
  const [source = '', target = source, options = ''] = bind.split(':');
  return { source, target, isReadOnly: options.split(',').includes('ro') };
}

function imagePath(container: ContainerDefinition, workDir: string): string {
  const cached = cachedImage(container);
  if (cached !== null) return `${workDir}/${cached}`;
  return container.image.replace(/^docker:\/\//, '');
}

function imageNeeds(container: ContainerDefinition, workDir: string): readonly Need[] {
  const { runtime, image } = container;
  if (runtime === 'docker' || runtime === 'podman') return [];
  const cached = cachedImage(container);
  if (cached === null) return [{ path: image, kind: 'any', detail: `the image ${image} does not exist` }];
  return [
    {
      path: `${workDir}/${cached}`,
      kind: 'any',
      detail: `the image ${image} has not been pulled for this work-dir; juqueue images update pulls it`,
    },
  ];
}

function mountNeeds({ input, output, bind }: ContainerDefinition): readonly Need[] {
  return [
    ...(input === null ? [] : [{ path: input, kind: 'folder', detail: `the input folder ${input} does not exist` } as const]),
    ...(output === null ? [] : [{ path: output, kind: 'folder', detail: `the output folder ${output} does not exist` } as const]),
    ...bind
      .map(parseBind)
      .map(
        ({ source }) =>
          ({ path: source, kind: 'any', detail: `${source}, which is to be bound into the container, does not exist` }) as const,
      ),
  ];
}
