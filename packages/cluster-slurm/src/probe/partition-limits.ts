import { formatDuration } from '@juqueue/core';
import type { SlurmCommands } from '../command/slurm-commands.ts';
import { slurmTimes } from '../slurm-times.ts';
import type { Partition } from './parse-partition.ts';
import { parsePartitions } from './parse-partition.ts';

/**
 * The longest times of partitions, asked again now and then. Most sites accept a job that is longer than its partition
 * allows and let it wait for ever; so this is looked at before.
 */
export class PartitionLimits {
  readonly #commands: SlurmCommands;
  #partitions: readonly Partition[] = [];
  #askAtMs = Number.NEGATIVE_INFINITY;

  constructor(commands: SlurmCommands) {
    this.#commands = commands;
  }

  /** Why no job of this length can ever start in the partition (null: the default one); null when it can, or nobody knows. */
  async objection(partition: string | null, walltimeMs: number | null, nowMs: number): Promise<string | null> {
    if (walltimeMs === null) return null;
    if (nowMs >= this.#askAtMs) {
      const result = await this.#commands.partitions();
      if (result.kind === 'exited' && result.status === 0) this.#partitions = parsePartitions(result.stdout);
      this.#askAtMs = nowMs + slurmTimes.partitionsMs;
    }
    return timeObjection(this.#partitions, partition, walltimeMs);
  }
}

/** `partition` may name several, separated by commas: the job may take any of them. */
export function timeObjection(partitions: readonly Partition[], partition: string | null, walltimeMs: number): string | null {
  const names = partition?.split(',') ?? partitions.filter(({ isDefault }) => isDefault).map(({ name }) => name);
  const named = partitions.filter(({ name }) => names.includes(name));
  const limits = named.map(({ maxTimeMs }) => (typeof maxTimeMs === 'number' ? maxTimeMs : Number.POSITIVE_INFINITY));
  const longestMs = Math.max(...limits);
  if (limits.length === 0 || walltimeMs <= longestMs) return null;
  return `the walltime of ${formatDuration(walltimeMs)} is longer than the ${formatDuration(longestMs)} that partition ${names.join(', ')} allows`;
}
