import { hash } from 'node:crypto';
import { shellWord } from '@juqueue/core';
import type { ContainerDefinition, NodeId, Nonce, RunId, StartSpec } from '@juqueue/core';
import { commandLine } from './command-line.ts';
import type { ContainerCommand } from './container-command.ts';
import { containerCommand } from './container-command.ts';
import type { Processors } from './cpu-binding.ts';
import { cpusOfSlots } from './cpu-binding.ts';
import type { Devices } from './devices.ts';
import { deviceNames } from './devices.ts';
import type { Environment } from './inheritable-environment.ts';
import type { Need } from './needs.ts';
import { expandPath } from './node-variables.ts';
import { prependScript } from './prepend-script.ts';
import { runEnvironment } from './run-environment.ts';
import type { RunFiles } from './run-files.ts';
import { runFiles } from './run-files.ts';

/** What a spawner needs to execute one attempt; everything is decided, only done is left. */
export interface LaunchPlan {
  readonly run: RunId;
  readonly attempt: number;
  readonly attemptId: string;
  /** The command, with the container's around it. */
  readonly argv: readonly string[];
  /** Over the node's environment. Secrets are not filled in. */
  readonly env: Environment;
  readonly files: RunFiles;
  /** Where the present directory of the run goes before this attempt starts in an empty one; null when it goes on in it. */
  readonly setAside: string | null;
  readonly cwd: string;
  readonly stdin: string | null;
  /** What bash does before the command; null when the command is executed directly. */
  readonly script: { readonly text: string; readonly isLogin: boolean } | null;
  /** What stands before all of it, such as taskset. */
  readonly prefix: readonly string[];
  readonly needs: readonly Need[];
  /** To be executed when the attempt was ended from outside; nothing of it is left only when this succeeded. */
  readonly cleanup: readonly string[] | null;
  /** Stands in stdout.log before the program's own output. */
  readonly header: string;
}

/** What is the same for every attempt of a node. */
export interface NodeContext {
  readonly workDir: string;
  readonly node: NodeId;
  readonly host: string;
  readonly slots: number;
  readonly deadlineMs: number | null;
  readonly devices: Devices;
  readonly processors: Processors;
  readonly user: { readonly name: string; readonly uid: number; readonly gid: number };
  /** The node's environment, needed where a variable is extended. */
  readonly environment: Environment;
}

/** What an attempt has of the node, by index. */
export interface Holding {
  readonly slots: readonly number[];
  readonly devices: readonly number[];
}

export function planLaunch(spec: StartSpec, holding: Holding, nonce: Nonce, context: NodeContext, nowMs: number): LaunchPlan {
  const command = commandLine(spec);
  const files = runFiles(context.workDir, spec.directory, spec.attempt);
  const env = runEnvironment(spec, holding, nonce, context, files);
  const path = (text: string): string => expandPath(text, (name) => env[name] ?? context.environment[name]);
  const { executor } = spec;
  const stdin = executor.stdin === undefined ? null : path(executor.stdin);
  const contained =
    executor.container === undefined ? null : contain(executor.container, command, spec, holding, context, env, files, path);
  const cwd = executor.cwd === undefined || contained !== null ? files.directory : path(executor.cwd);
  const argv = contained?.argv ?? command;
  const script = prependScript(executor);
  return {
    run: spec.run,
    attempt: spec.attempt,
    attemptId: spec.attemptId,
    argv,
    env: { ...env, ...contained?.env },
    files,
    setAside: spec.isFresh === true ? besideDirectory(files.directory, spec.attempt) : null,
    cwd,
    stdin,
    script: script === null ? null : { text: script, isLogin: executor.loginShell === true },
    prefix: binding(spec, holding, context),
    needs: [...ownNeeds(spec, env, cwd, stdin, files, contained !== null), ...(contained?.needs ?? [])],
    cleanup: contained?.cleanup ?? null,
    header: header(spec, argv, holding.slots, context, nowMs),
  };
}

/** Names of runs begin with no dot, so this is nobody's directory. */
function besideDirectory(directory: string, attempt: number): string {
  const end = directory.lastIndexOf('/') + 1;
  return `${directory.slice(0, end)}.${directory.slice(end)}.before-${attempt}`;
}

function contain(
  container: ContainerDefinition,
  command: readonly string[],
  { attemptId, executor, gpus }: StartSpec,
  holding: Holding,
  context: NodeContext,
  env: Environment,
  files: RunFiles,
  path: (text: string) => string,
): ContainerCommand {
  const onNode: ContainerDefinition = {
    ...container,
    image: path(container.image),
    bind: container.bind.map(path),
    input: container.input === null ? null : path(container.input),
    output: container.output === null ? null : path(container.output),
  };
  return containerCommand(onNode, command, {
    workDir: context.workDir,
    files,
    cwd: executor.cwd === undefined ? '/work' : path(executor.cwd),
    env,
    inherited: context.environment,
    devices: executor.cuda || gpus !== null ? deviceNames(context.devices, holding.devices) : null,
    // The id itself is not for the eyes of others, who see the arguments of processes.
    name: `juqueue-${hash('sha256', attemptId, 'hex').slice(0, 16)}`,
    user: context.user,
  });
}

/** A run that asks for processors by number has others than those of its slots. */
function binding({ executor, cpus }: StartSpec, { slots }: Holding, context: NodeContext): readonly string[] {
  const isWanted = executor.cpuBinding ?? (cpus === undefined ? undefined : false);
  const list = cpusOfSlots(context.processors, slots, context.slots, isWanted);
  return list === null ? [] : ['taskset', '--cpu-list', list];
}

function ownNeeds(
  { executor }: StartSpec,
  env: Environment,
  cwd: string,
  stdin: string | null,
  files: RunFiles,
  isContained: boolean,
): readonly Need[] {
  const venv = env['VIRTUAL_ENV'];
  return [
    ...(executor.venv === null || venv === undefined || isContained
      ? []
      : [{ path: `${venv}/bin`, kind: 'folder', detail: `the venv ${venv} does not exist; try: python3 -m venv ${venv}` } as const]),
    ...(cwd === files.directory ? [] : [{ path: cwd, kind: 'folder', detail: `the working directory ${cwd} does not exist` } as const]),
    ...(stdin === null
      ? []
      : [{ path: stdin, kind: 'file', detail: `the file for its standard input, ${stdin}, does not exist` } as const]),
  ];
}

function header(spec: StartSpec, argv: readonly string[], slots: readonly number[], context: NodeContext, nowMs: number): string {
  const title = `---------- ${new Date(nowMs).toISOString()} · ${spec.run} · attempt ${spec.attempt} · ${context.node} on ${context.host} · slot ${slots.join(',')} ----------`;
  const script = spec.executor.prependScript.map((line) => `${line}\n`).join('');
  return `${title}\n${script}${argv.map(shellWord).join(' ')}\n`;
}
