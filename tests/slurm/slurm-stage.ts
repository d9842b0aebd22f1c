import { fileURLToPath } from 'node:url';
import type { LeaseRequest, NodeLease, QueuedJob, SlurmCluster } from '../../packages/testkit/src/index.ts';
import { attachSlurmCluster, slurmUnsupportedReason, TestFolder, TestManager } from '../../packages/testkit/src/index.ts';
import { describe, inject } from 'vitest';
import './start-test-cluster.ts';

export const stepsProgram = fileURLToPath(new URL('programs/steps.sh', import.meta.url));

const unsupported = slurmUnsupportedReason();

/** A suite that needs a real Slurm; skipped with the reason where there is none. */
export function describeOnSlurm(title: string, tests: () => void): void {
  describe.skipIf(unsupported !== undefined).concurrent(unsupported === undefined ? title : `${title} (skipped: ${unsupported})`, { timeout: 300_000 }, tests);
}

export interface StageOptions extends Partial<LeaseRequest> {
  /** Keys of the cluster `hpc` in clusters.yaml, over those that every test has. */
  readonly cluster?: Readonly<Record<string, unknown>>;
  /** Runs of the experiment `e` by their ids, and what they all have. */
  readonly runs: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Nodes of the test cluster for one test, and a folder whose definitions use them. */
export class SlurmStage implements AsyncDisposable {
  readonly slurm: SlurmCluster;
  readonly lease: NodeLease;
  readonly folder: TestFolder;
  readonly #partitions: ReadonlySet<string>;

  private constructor(slurm: SlurmCluster, lease: NodeLease, partitions: readonly string[], folder: TestFolder) {
    this.slurm = slurm;
    this.lease = lease;
    this.folder = folder;
    this.#partitions = new Set(partitions);
  }

  static async open({ cluster = {}, runs, nodeCount = 1, ...lease }: StageOptions): Promise<SlurmStage> {
    const slurm = testCluster();
    const leased = await slurm.leaseNodes({ nodeCount, timeLimitMs: 280_000, ...lease });
    const partitions = (lease.partitions ?? [{ name: 'batch' }]).map(({ name }) => leased.partition(name));
    const definition = { type: 'slurm', queue: partitions[0], num_slots: 1, max_jobs: nodeCount, walltime: '10m', idle_timeout: '3s', grace: '5s', poll_interval: '3s', ...cluster };
    const experiment = { name: 'e', autostart: true, defaults: { cluster: 'hpc', checkpoint: { signal: 'USR1', grace: '5s', exit_code: 85 } }, runs: Object.entries(runs).map(([id, run]) => ({ id, ...run })) };
    return new SlurmStage(slurm, leased, partitions, new TestFolder({ 'clusters.yaml': JSON.stringify({ hpc: definition }), 'experiments/e.yaml': JSON.stringify(experiment) }));
  }

  /** A manager on the stage's folder, in this process's environment with `env` over it. */
  startManager(env: Readonly<Record<string, string>> = {}): Promise<TestManager> {
    return TestManager.start(this.folder, [], { ...process.env, ...this.slurm.env, ...env });
  }

  /** All jobs in the partitions of the lease that squeue still shows, those that ended a short while ago too. */
  async jobs(): Promise<readonly QueuedJob[]> {
    return (await this.slurm.queue()).filter(({ partition }) => this.#partitions.has(partition));
  }

  async liveJobs(): Promise<readonly QueuedJob[]> {
    return (await this.jobs()).filter(({ state }) => ['PENDING', 'CONFIGURING', 'RUNNING', 'SUSPENDED', 'STOPPED'].includes(state));
  }

  /** Jobs first: their nodes write into the folder until the last moment. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.lease[Symbol.asyncDispose]();
    this.folder[Symbol.dispose]();
  }
}

export function testCluster(): SlurmCluster {
  const directory = inject('slurmDirectory');
  if (directory === null) throw new Error('there is no test cluster');
  return attachSlurmCluster(directory);
}
