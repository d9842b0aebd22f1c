import type { Nonce, StartSpec } from '@juqueue/core';
import { parseRunId } from '@juqueue/core';
import { deviceNames } from './devices.ts';
import type { Environment } from './inheritable-environment.ts';
import type { Holding, NodeContext } from './launch-plan.ts';
import { expandPath, expandVariables } from './node-variables.ts';
import type { RunFiles } from './run-files.ts';

/**
 * What a run's environment has over the node's: the executor's variables, search paths, venv and devices, then ours over
 * everything, so that a definition cannot make its processes untraceable. `${VAR}` means the node's variables, ours, and
 * those that stand before it in the definition; secrets are not filled in.
 */
export function runEnvironment(spec: StartSpec, holding: Holding, nonce: Nonce, context: NodeContext, files: RunFiles): Environment {
  const own = ownEnvironment(spec, holding.slots, nonce, context, files);
  const env: Record<string, string> = {};
  const current = (name: string): string | undefined => own[name] ?? env[name] ?? context.environment[name];
  const { executor } = spec;
  for (const [name, value] of Object.entries(executor.env)) env[name] = expandVariables(value, current);
  if (executor.pythonSearchPath.length > 0) {
    env['PYTHONPATH'] = joinPath(current('PYTHONPATH'), ...executor.pythonSearchPath.map((folder) => expandPath(folder, current)));
  }
  if (executor.venv !== null) {
    const venv = expandPath(executor.venv, current);
    env['VIRTUAL_ENV'] = venv;
    env['PATH'] = joinPath(`${venv}/bin`, current('PATH') ?? '/usr/local/bin:/usr/bin:/bin');
    if (executor.prependScript.length > 0 || executor.loginShell === true) env['JUQUEUE_VENV'] = venv;
  }
  if (executor.cuda || spec.gpus !== null) env[context.devices.variable] = deviceNames(context.devices, holding.devices);
  return { ...env, ...own };
}

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
    ...Object.fromEntries(
      Object.entries(spec.dependencyFolders ?? {}).map(([variable, folder]) => [variable, `${context.workDir}/${folder}`]),
    ),
    ...(context.deadlineMs === null ? {} : { JUQUEUE_DEADLINE: String(Math.floor(context.deadlineMs / 1000)) }),
    JUQUEUE_PROGRESS_FILE: files.progress,
    JUQUEUE_CHECKPOINT_FILE: files.checkpoint,
    JUQUEUE_ERROR_FILE: files.error,
  };
}

function joinPath(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join(':');
}
