/** One partition of the test cluster; Slurm's words, with units in the names. */
export interface SlurmPartition {
  readonly name: string;
  /** Numbers of its nodes, from 1; all nodes when absent. */
  readonly nodes?: readonly number[];
  readonly isDefault?: boolean;
  readonly maxTimeMinutes?: number;
  /** A partition of a higher tier takes the nodes of preemptable jobs in lower ones. */
  readonly priorityTier?: number;
  readonly preemptMode?: 'OFF' | 'CANCEL' | 'REQUEUE';
  /** What a preempted job gets between its SIGTERM and its end. */
  readonly graceSeconds?: number;
  readonly state?: 'UP' | 'DOWN';
}

/** Slurm's own timers, far shorter than at a site, so that a test sees within seconds what takes minutes there. */
export interface SlurmTimers {
  /** Silence after which slurmctld calls a node dead (a site has 300). */
  readonly slurmdTimeoutSeconds: number;
  /** How long a client waits for slurmctld's answer (a site has 10 to 100). */
  readonly messageTimeoutSeconds: number;
  /** How long squeue still shows a job that ended (a site has 300). */
  readonly minJobAgeSeconds: number;
  /** From SIGTERM to SIGKILL at the end of a job (a site has 30; Slurm takes no less than 5). */
  readonly killWaitSeconds: number;
  /** How long a requeued job waits before it may start again, less one (a site has 120). */
  readonly credentialSeconds: number;
}

export interface SlurmClusterOptions {
  readonly nodeCount: number;
  /** May exceed what the machine has: Slurm is told to believe the configuration. */
  readonly cpusPerNode: number;
  readonly memoryMbPerNode: number;
  /** Device files that look like GPUs to Slurm, which then sets CUDA_VISIBLE_DEVICES in jobs that ask for them. */
  readonly gpusPerNode: number;
  readonly partitions: readonly SlurmPartition[];
  readonly timers: SlurmTimers;
  /** slurmdbd with a private MariaDB: accounts, limits, sacct. */
  readonly accounting: boolean;
  /** Each node has its own address and can be cut off (`partitionNetwork`); without, all share the loopback. */
  readonly networkNamespaces: boolean;
  /** A user of the machine, made for this cluster and removed with it, who may submit. */
  readonly unprivilegedUser: boolean;
}

export const standardPartitions: readonly SlurmPartition[] = [
  { name: 'batch', isDefault: true, maxTimeMinutes: 60 },
  { name: 'short', maxTimeMinutes: 1 },
  { name: 'low-cancel', maxTimeMinutes: 60, priorityTier: 1, preemptMode: 'CANCEL', graceSeconds: 10 },
  { name: 'low-requeue', maxTimeMinutes: 60, priorityTier: 1, preemptMode: 'REQUEUE', graceSeconds: 0 },
  { name: 'high', maxTimeMinutes: 60, priorityTier: 100 },
  { name: 'down', maxTimeMinutes: 60, state: 'DOWN' },
];

export const standardOptions: SlurmClusterOptions = {
  nodeCount: 8,
  cpusPerNode: 4,
  memoryMbPerNode: 4000,
  gpusPerNode: 0,
  partitions: standardPartitions,
  timers: {
    slurmdTimeoutSeconds: 15,
    messageTimeoutSeconds: 5,
    minJobAgeSeconds: 30,
    killWaitSeconds: 5,
    credentialSeconds: 10,
  },
  accounting: true,
  networkNamespaces: false,
  unprivilegedUser: false,
};
