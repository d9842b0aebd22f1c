import type { AllocationId } from '../model/ids.ts';
import { isRecord } from './shapes.ts';

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
  /** The key of the link: in the work-dir, or in a folder of our own where others can write the work-dir. */
  readonly linkKeyFile: string;
}

/** Throws a sentence when the file does not hold a config of this allocation. */
export function parseNodeConfig(json: string, allocation: AllocationId): NodeConfig {
  const config: unknown = JSON.parse(json);
  if (!isRecord(config) || config['version'] !== 1) throw new Error('the config file is not one of this version');
  if (config['allocation'] !== allocation)
    throw new Error(`the config file is of allocation ${String(config['allocation'])}, not of ${allocation}`);
  if (!Number.isSafeInteger(config['slots']) || Number(config['slots']) < 1)
    throw new Error(`expected slots from 1, found ${String(config['slots'])}`);
  return config as unknown as NodeConfig;
}

/** Where the key of the link is. Throws a sentence when the config does not say. */
export function linkKeyFileOf(json: string): string {
  const config: unknown = JSON.parse(json);
  if (!isRecord(config) || typeof config['linkKeyFile'] !== 'string') throw new Error('the config file does not say where the link key is');
  return config['linkKeyFile'];
}
