import type { ClusterDefinition, RunDefinition } from './definition.ts';
import type { Run } from './run.ts';

/** A run of one slot that says nothing beyond what it must. For tests and simulations, which name what they are about. */
export function sampleRunDefinition(name: string, traits: Partial<RunDefinition> = {}): RunDefinition {
  return {
    name,
    cmd: ['true'],
    parameters: {},
    parameterFormat: 'argparse',
    clusters: ['local'],
    resources: { slots: 1 },
    priority: 0,
    timeMs: null,
    timeLimitMs: null,
    dependsOn: [],
    retries: 0,
    crashLimit: null,
    checkpoint: { kind: 'undeclared' },
    executor: { env: {}, venv: null, pythonSearchPath: [], prependScript: [], cuda: false },
    ...traits,
  };
}

/** A cluster with room for everything, whose nodes never end by themselves. */
export function sampleCluster({ name = 'local', slotsPerNode = 4, ...traits }: Partial<ClusterDefinition> = {}): ClusterDefinition {
  return {
    name,
    type: 'local',
    slotsPerNode,
    nodeResources: { slots: slotsPerNode },
    maxAllocations: 100,
    scalingPolicy: { kind: 'maximize_running' },
    walltimeMs: null,
    idleTimeoutMs: 30_000,
    graceMs: 30_000,
    cudaDevicesPerSlot: 0,
    environment: 'inherit',
    consolidation: 'aggressive',
    fencing: { leaseMs: null, fsStalenessMs: null, linkPatienceMs: null, onManagerLost: { kind: 'finish' } },
    logLimitBytes: 1024 ** 3,
    driver: {},
    ...traits,
  };
}

/** A run that waits for its first start. */
export function sampleRun(experiment: string, name: string, { definition = sampleRunDefinition(name), ...traits }: Partial<Run> = {}): Run {
  return {
    id: `${experiment}@${name}`,
    experiment,
    name,
    definition,
    definitionHash: name,
    experimentOrder: 1,
    createdAtMs: 1_000,
    changedAtMs: 2_000,
    status: 'ready',
    reason: 'queued',
    detail: null,
    attempt: 0,
    execution: null,
    outcome: null,
    retriesUsed: 0,
    crashes: 0,
    stopsWithoutProgress: 0,
    eligibleAtMs: null,
    hasShownCheckpoint: false,
    bestProgress: null,
    newestCheckpointAtMs: null,
    next: null,
    movesByConsolidation: 0,
    hasRefusedToSave: false,
    lastMovedAtMs: null,
    ...traits,
  };
}
