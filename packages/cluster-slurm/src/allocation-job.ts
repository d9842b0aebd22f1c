import { isAbsolute, join, resolve } from 'node:path';
import { workDirPaths } from '@juqueue/core';
import type { AllocationRequest, ClusterDefinition, NodeConfig, SlurmDriverDefinition } from '@juqueue/core';
import { jobScript } from './submit/job-script.ts';
import type { SiteDefaults } from './submit/sbatch-options.ts';
import { sbatchOptions } from './submit/sbatch-options.ts';

/** Where the jobs of one cluster live. */
export interface JobPlace {
  readonly workDir: string;
  /** The NodeManager's program. */
  readonly program: string;
  /** Node's binary, on a file system that the nodes share. */
  readonly nodeBinary: string;
  readonly linkKeyFile: string;
}

/** What holds for all submissions of a cluster at one moment. */
export interface JobSurroundings {
  readonly site: SiteDefaults;
  readonly isMemoryDivided: boolean;
  readonly excludedHosts: readonly string[];
}

/** Everything that one allocation is submitted with. */
export interface AllocationJob {
  readonly options: readonly string[];
  readonly script: string;
  readonly outputFolder: string;
  readonly config: { readonly file: string; readonly content: string };
}

export function allocationJob(
  definition: ClusterDefinition,
  driver: SlurmDriverDefinition,
  place: JobPlace,
  request: AllocationRequest,
  jobName: string,
  around: JobSurroundings,
): AllocationJob {
  const { workDir, program, nodeBinary, linkKeyFile } = place;
  const { allocation, token, slots, walltimeMs } = request;
  const folder = join(workDir, workDirPaths.slurmAllocations);
  const outputFolder =
    driver.logDirectory === null ? folder : isAbsolute(driver.logDirectory) ? driver.logDirectory : resolve(workDir, driver.logDirectory);
  const configFile = join(folder, `${allocation}.config.json`);
  const config: NodeConfig = {
    version: 1,
    allocation,
    token,
    clusterKind: 'slurm',
    slots,
    deadlineMs: null,
    walltimeMs,
    environment: definition.environment,
    cudaDevices: null,
    linkKeyFile,
  };
  return {
    options: sbatchOptions({
      definition,
      driver,
      request,
      jobName,
      directory: workDir,
      output: join(outputFolder.replaceAll('%', '%%'), `${allocation}-%j.log`),
      ...around,
    }),
    script: jobScript(driver.prologue, {
      nodeBinary,
      program,
      arguments: ['--work-dir', workDir, '--allocation', allocation, '--config', configFile],
    }),
    outputFolder,
    config: { file: configFile, content: `${JSON.stringify(config)}\n` },
  };
}
