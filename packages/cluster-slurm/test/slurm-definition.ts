import type { ClusterDefinition, SlurmDriverDefinition } from '@juqueue/core';

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
  return {
    name: 'hpc',
    type: 'slurm',
    slotsPerNode: 2,
    nodeResources: { slots: 2 },
    maxAllocations: 8,
    scalingPolicy: { kind: 'maximize_running' },
    walltimeMs: 600_000,
    idleTimeoutMs: 30_000,
    graceMs: 30_000,
    cudaDevicesPerSlot: 0,
    environment: 'inherit',
    consolidation: 'aggressive',
    fencing: { leaseMs: null, fsStalenessMs: null, linkPatienceMs: null, onManagerLost: { kind: 'finish' } },
    logLimitBytes: 1024 ** 3,
    driver: { ...plainDriver, ...driver },
    ...change,
  };
}
