import type { NodeConfig } from '@juqueue/core';

/** When this node ends: its cluster's word, else Slurm's in the job's environment, else from its start. Epoch milliseconds. */
export function nodeDeadline(config: NodeConfig, own: Readonly<Record<string, string | undefined>>, startedAtMs: number): number | null {
  if (config.deadlineMs !== null) return config.deadlineMs;
  const slurmsEndSeconds = Number(own['SLURM_JOB_END_TIME'] ?? Number.NaN);
  if (Number.isFinite(slurmsEndSeconds) && slurmsEndSeconds > 0) return slurmsEndSeconds * 1000;
  return config.walltimeMs === null ? null : startedAtMs + config.walltimeMs;
}
