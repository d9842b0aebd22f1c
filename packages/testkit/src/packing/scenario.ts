import type { CheckpointContract, ClusterDefinition, Scenario } from '@juqueue/core';
import { sampleCluster, sampleRunDefinition } from '@juqueue/core/samples';

/** One run of a workload, as only the simulator knows it. */
export interface SweepRun {
  readonly name: string;
  readonly durationMs: number;
  /** What its definition says; null when it says nothing. */
  readonly declaredMs: number | null;
  readonly slots: number;
  readonly arrivesAtMs: number;
}

/** One sweep whose runs differ only in how long they take, how many slots they need and when they arrive, on one cluster. */
export interface SweepScenario extends Pick<Scenario, 'declaredError' | 'queueWaitMs' | 'startUpMs' | 'restartMs' | 'nodeDiesAfterMs'> {
  readonly runs: readonly SweepRun[];
  readonly slotsPerNode: number;
  readonly maxAllocations: number;
  readonly walltimeMs: number | null;
  /** How often runs save themselves, in ms of work; null when they never do. */
  readonly checkpointMs: number | null;
  readonly contract: CheckpointContract;
  readonly cluster: Partial<ClusterDefinition>;
}

/** The sweep with all that a simulated world must know of its runs and its cluster. */
export function scenarioOf({
  runs,
  slotsPerNode,
  maxAllocations,
  walltimeMs,
  checkpointMs,
  contract,
  cluster,
  ...behaviour
}: SweepScenario): Scenario {
  return {
    ...behaviour,
    cluster: sampleCluster({ name: 'c', type: 'slurm', slotsPerNode, maxAllocations, walltimeMs, consolidation: 'off', ...cluster }),
    runs: runs.map(({ name, durationMs, declaredMs, slots, arrivesAtMs }) => ({
      experiment: 'sweep',
      definition: sampleRunDefinition(name, {
        cmd: ['simulated'],
        clusters: ['c'],
        resources: { slots },
        timeMs: declaredMs,
        checkpoint: contract,
      }),
      learned: null,
      durationMs,
      checkpointMs,
      arrivesAtMs,
    })),
  };
}
