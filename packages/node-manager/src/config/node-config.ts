import type { AllocationId } from '@juqueue/core';
import { isRecord } from '@juqueue/core';

/** What a NodeManager is told by its cluster, in a 0600 file: nothing secret is ever in an argument. */
export interface NodeConfig {
  readonly version: 1;
  readonly allocation: AllocationId;
  /** The unguessable part of the job's name. */
  readonly token: string;
  readonly clusterKind: 'local' | 'slurm';
  readonly slots: number;
  /** When the allocation ends, in epoch milliseconds, where its cluster knew that beforehand. */
  readonly deadlineMs: number | null;
  /** From the node's start, where only that is known. */
  readonly walltimeMs: number | null;
  readonly environment: 'inherit' | 'clean';
  /** The devices that the allocation has, where its cluster says so; null: what the node's own environment says. */
  readonly cudaDevices: readonly string[] | null;
}

export interface NodeArguments {
  readonly workDir: string;
  readonly allocation: AllocationId;
  readonly configFile: string;
}

/** Throws a sentence when an argument is missing. */
export function parseNodeArguments(argv: readonly string[]): NodeArguments {
  const value = (name: string): string => {
    const found = argv[argv.indexOf(name) + 1];
    if (!argv.includes(name) || found === undefined) throw new Error(`expected ${name} and its value; usage: node-manager --work-dir W --allocation A --config FILE`);
    return found;
  };
  return { workDir: value('--work-dir'), allocation: value('--allocation'), configFile: value('--config') };
}

/** Throws a sentence when the file does not hold a config of this allocation. */
export function parseNodeConfig(json: string, allocation: AllocationId): NodeConfig {
  const config: unknown = JSON.parse(json);
  if (!isRecord(config) || config['version'] !== 1) throw new Error('the config file is not one of this version');
  if (config['allocation'] !== allocation) throw new Error(`the config file is of allocation ${String(config['allocation'])}, not of ${allocation}`);
  if (!Number.isSafeInteger(config['slots']) || Number(config['slots']) < 1) throw new Error(`expected slots from 1, found ${String(config['slots'])}`);
  return config as unknown as NodeConfig;
}

/** When this node ends: its cluster's word, else Slurm's in the job's environment, else from its start. Epoch milliseconds. */
export function nodeDeadline(config: NodeConfig, own: Readonly<Record<string, string | undefined>>, startedAtMs: number): number | null {
  if (config.deadlineMs !== null) return config.deadlineMs;
  const slurmsEndSeconds = Number(own['SLURM_JOB_END_TIME'] ?? Number.NaN);
  if (Number.isFinite(slurmsEndSeconds) && slurmsEndSeconds > 0) return slurmsEndSeconds * 1000;
  return config.walltimeMs === null ? null : startedAtMs + config.walltimeMs;
}
