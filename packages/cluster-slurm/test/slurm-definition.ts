import type { ClusterDefinition, SlurmDriverDefinition } from '@juqueue/core';
import { sampleCluster } from '@juqueue/core/samples';

export const plainDriver: SlurmDriverDefinition = {
  queue: null,
  account: null,
  interface: null,
  directives: [],
  skippedDirectives: [],
  prologue: [],
  jobCpus: null,
  jobMemoryBytes: null,
  logDirectory: null,
  pollIntervalMs: null,
  excludedHosts: [],
};

/** A cluster as `clusters.yaml` would define it. */
export function slurmDefinition(driver: Partial<SlurmDriverDefinition> = {}, change: Partial<ClusterDefinition> = {}): ClusterDefinition {
  return sampleCluster({
    name: 'hpc',
    type: 'slurm',
    slotsPerNode: 2,
    maxAllocations: 8,
    walltimeMs: 600_000,
    driver: { ...plainDriver, ...driver },
    ...change,
  });
}
