import type { ClusterDefinition } from '../model/definition.ts';
import type { Run } from '../model/run.ts';
import type { StartSpec } from '../protocol/messages.ts';
import { runFolder } from '../model/work-dir.ts';
import { dependencyFolders } from './dependency-folders.ts';

/** What the node of this run needs to execute its newest attempt. */
export function startSpec(run: Run, cluster: ClusterDefinition, attemptId: string): StartSpec {
  const { definition } = run;
  return {
    run: run.id,
    attempt: run.attempt,
    attemptId,
    directory: runFolder(run.experiment, run.name),
    cmd: definition.cmd,
    parameters: definition.parameters,
    parameterFormat: definition.parameterFormat,
    executor: definition.executor,
    checkpoint: definition.checkpoint,
    slotCount: definition.resources.slots,
    timeLimitMs: definition.timeLimitMs,
    graceMs: cluster.graceMs,
    cudaDevicesPerSlot: cluster.cudaDevicesPerSlot,
    logLimitBytes: cluster.logLimitBytes,
    gpus: definition.resources['gpus'] ?? null,
    definitionHash: run.definitionHash,
    ...(run.startsFresh === true ? { isFresh: true } : {}),
    ...(definition.dependsOn.length === 0 ? {} : { dependencyFolders: dependencyFolders(run) }),
    ...(definition.resources['mem'] === undefined ? {} : { memoryBytes: definition.resources['mem'] }),
    ...(definition.resources['cpus'] === undefined ? {} : { cpus: definition.resources['cpus'] }),
  };
}
