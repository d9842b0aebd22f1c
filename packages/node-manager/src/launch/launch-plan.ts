import type { NodeId, Nonce, RunId, StartSpec } from '@juqueue/core';
import { parseRunId } from '@juqueue/core';
import { commandLine } from './command-line.ts';
import type { Devices } from './devices.ts';
import { deviceNames } from './devices.ts';
import type { Environment } from './inheritable-environment.ts';
import type { RunFiles } from './run-files.ts';
import { runFiles } from './run-files.ts';

/** What a spawner needs to execute one attempt; everything is decided, only done is left. */
export interface LaunchPlan {
  readonly run: RunId;
  readonly attempt: number;
  readonly attemptId: string;
  readonly argv: readonly string[];
  /** Over the node's environment. */
  readonly env: Environment;
  readonly files: RunFiles;
  /** Bash lines of the definition, verbatim, to execute before the command; null when there are none. */
  readonly script: string | null;
  /** Stands in stdout.log before the program's own output. */
  readonly header: string;
}

/** What is the same for every attempt of a node. */
export interface NodeContext {
  readonly workDir: string;
  readonly node: NodeId;
  readonly host: string;
  readonly deadlineMs: number | null;
  readonly devices: Devices;
  /** The node's environment, needed where a variable is extended. */
  readonly environment: Environment;
}

/** What an attempt has of the node, by index. */
export interface Holding {
  readonly slots: readonly number[];
  readonly devices: readonly number[];
}

export function planLaunch(spec: StartSpec, { slots, devices }: Holding, nonce: Nonce, context: NodeContext, nowMs: number): LaunchPlan {
  const argv = commandLine(spec);
  const files = runFiles(context.workDir, spec.directory, spec.attempt);
  const { executor } = spec;
  return {
    run: spec.run,
    attempt: spec.attempt,
    attemptId: spec.attemptId,
    argv,
    env: { ...executorEnvironment(spec, devices, context), ...ownEnvironment(spec, slots, nonce, context, files) },
    files,
    script: executor.prependScript.length === 0 ? null : prependScript(executor.prependScript),
    header: header(spec, argv, slots, context, nowMs),
  };
}

function executorEnvironment({ executor, gpus }: StartSpec, devices: readonly number[], context: NodeContext): Environment {
  const env: Record<string, string> = { ...executor.env };
  const current = (name: string): string | undefined => env[name] ?? context.environment[name];
  if (executor.pythonSearchPath.length > 0) {
    env['PYTHONPATH'] = joinPath(current('PYTHONPATH'), ...executor.pythonSearchPath);
  }
  if (executor.venv !== null) {
    env['VIRTUAL_ENV'] = executor.venv;
    env['PATH'] = joinPath(`${executor.venv}/bin`, current('PATH') ?? '/usr/local/bin:/usr/bin:/bin');
    // The script may load modules that put their own python in front; it activates the venv once more after its lines.
    if (executor.prependScript.length > 0) env['JUQUEUE_VENV'] = executor.venv;
  }
  if (executor.cuda || gpus !== null) env[context.devices.variable] = deviceNames(context.devices, devices);
  return env;
}

/** Ours, over everything else: a definition cannot make its processes untraceable. */
function ownEnvironment(spec: StartSpec, slots: readonly number[], nonce: Nonce, context: NodeContext, files: RunFiles): Environment {
  const name = parseRunId(spec.run);
  return {
    EXPERIMENT_ID: name?.experiment ?? '',
    RUN_ID: name?.name ?? spec.run,
    JUQUEUE_ATTEMPT: String(spec.attempt),
    JUQUEUE_ATTEMPT_ID: spec.attemptId,
    JUQUEUE_SLOT: slots.join(','),
    JUQUEUE_NODE: context.node,
    JUQUEUE_NONCE: nonce,
    JUQUEUE_RUN_DIR: files.directory,
    ...(context.deadlineMs === null ? {} : { JUQUEUE_DEADLINE: String(Math.floor(context.deadlineMs / 1000)) }),
    JUQUEUE_PROGRESS_FILE: files.progress,
    JUQUEUE_CHECKPOINT_FILE: files.checkpoint,
    JUQUEUE_ERROR_FILE: files.error,
  };
}

/** The command comes as the script's arguments, never as text in it. */
function prependScript(lines: readonly string[]): string {
  const activate = [
    'if [ -n "${JUQUEUE_VENV:-}" ]; then',
    '  export VIRTUAL_ENV="$JUQUEUE_VENV" PATH="$JUQUEUE_VENV/bin:$PATH"',
    '  unset JUQUEUE_VENV PYTHONHOME',
    'fi',
  ];
  return [...lines, ...activate, 'exec "$@"', ''].join('\n');
}

function header(spec: StartSpec, argv: readonly string[], slots: readonly number[], context: NodeContext, nowMs: number): string {
  const title = `---------- ${new Date(nowMs).toISOString()} · ${spec.run} · attempt ${spec.attempt} · ${context.node} on ${context.host} · slot ${slots.join(',')} ----------`;
  const script = spec.executor.prependScript.map((line) => `${line}\n`).join('');
  return `${title}\n${script}${argv.map(quoteForReading).join(' ')}\n`;
}

/** For people who copy the line from a log; nothing executes it. */
function quoteForReading(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}

function joinPath(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join(':');
}
