import { fileURLToPath } from 'node:url';
import type { LeaseRequest, NodeLease, QueuedJob, SlurmCluster, UnprivilegedUser } from '../../packages/testkit/src/index.ts';
import { attachSlurmCluster, slurmUnsupportedReason, TestFolder, TestManager, waitUntil } from '../../packages/testkit/src/index.ts';
import { describe, inject } from 'vitest';
import './start-test-cluster.ts';

export const stepsProgram = fileURLToPath(new URL('programs/steps.sh', import.meta.url));

const unsupported = slurmUnsupportedReason();
/** Who needs all nodes waits until every other test has given its own back. */
const leaseLimitMs = 600_000;
const testLimitMs = 900_000;

/** A suite that needs a real Slurm; skipped with the reason where there is none. */
export function describeOnSlurm(title: string, tests: () => void): void {
  describe
    .skipIf(unsupported !== undefined)
    .concurrent(unsupported === undefined ? title : `${title} (skipped: ${unsupported})`, { timeout: testLimitMs }, tests);
}

export interface StageOptions extends Partial<LeaseRequest> {
  /** Keys of the cluster `hpc` in clusters.yaml, over those that every test has. */
  readonly cluster?: Readonly<Record<string, unknown>>;
  /** Runs of the experiment `e` by their ids, and what they all have. */
  readonly runs: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Whether the runs start by themselves; they do when absent. */
  readonly autostart?: boolean;
  /** Whose manager it is, and so whose jobs. */
  readonly user?: 'root' | 'unprivileged';
}

/** Nodes of the test cluster for one test, and a folder whose definitions use them. */
export class SlurmStage implements AsyncDisposable {
  readonly slurm: SlurmCluster;
  readonly lease: NodeLease;
  readonly folder: TestFolder;
  readonly #user: UnprivilegedUser | null;
  readonly #definition: Readonly<Record<string, unknown>>;
  readonly #partitions: ReadonlySet<string>;

  private constructor(
    slurm: SlurmCluster,
    lease: NodeLease,
    partitions: readonly string[],
    folder: TestFolder,
    user: UnprivilegedUser | null,
    definition: Readonly<Record<string, unknown>>,
  ) {
    this.slurm = slurm;
    this.lease = lease;
    this.folder = folder;
    this.#user = user;
    this.#definition = definition;
    this.#partitions = new Set(partitions);
  }

  static async open({
    cluster = {},
    runs,
    nodeCount = 1,
    autostart = true,
    user: as = 'root',
    ...lease
  }: StageOptions): Promise<SlurmStage> {
    const slurm = testCluster();
    const leased = await slurm.leaseNodes({ nodeCount, timeLimitMs: leaseLimitMs, ...lease });
    const partitions =
      lease.partitions?.length === 0 ? ['batch'] : (lease.partitions ?? [{ name: 'batch' }]).map(({ name }) => leased.partition(name));
    const definition = {
      type: 'slurm',
      queue: partitions[0],
      num_slots: 1,
      max_jobs: nodeCount,
      walltime: '10m',
      idle_timeout: '3s',
      grace: '5s',
      poll_interval: '3s',
      ...cluster,
    };
    const experiment = {
      name: 'e',
      autostart,
      defaults: { cluster: 'hpc', checkpoint: { signal: 'USR1', grace: '5s', exit_code: 85 } },
      runs: Object.entries(runs).map(([id, run]) => ({ id, ...run })),
    };
    const folder = new TestFolder({ 'experiments/e.yaml': JSON.stringify(experiment) });
    const user = as === 'root' ? null : (slurm.unprivilegedUser ?? null);
    if (user !== null) folder.giveTo(user);
    const stage = new SlurmStage(slurm, leased, partitions, folder, user, definition);
    stage.defineCluster({});
    return stage;
  }

  /** Writes clusters.yaml anew, with these keys over the present ones of the cluster. */
  defineCluster(change: Readonly<Record<string, unknown>>): void {
    this.folder.define('clusters.yaml', JSON.stringify({ hpc: { ...this.#definition, ...change } }));
  }

  /** A manager on the stage's folder, in this process's environment with `env` over it. */
  startManager(env: Readonly<Record<string, string>> = {}, wrapper: readonly string[] = []): Promise<TestManager> {
    const identity = this.#user === null ? {} : { HOME: this.#user.home, USER: this.#user.name, LOGNAME: this.#user.name };
    const { uid, gid } = this.#user ?? {};
    return TestManager.start(
      this.folder,
      [],
      { ...process.env, ...this.slurm.env, ...identity, ...env },
      uid === undefined || gid === undefined ? {} : { uid, gid },
      wrapper,
    );
  }

  /** All jobs in the partitions of the lease that squeue still shows, those that ended a short while ago too. */
  async jobs(): Promise<readonly QueuedJob[]> {
    return (await this.slurm.queue()).filter(({ partition }) => this.#partitions.has(partition));
  }

  async liveJobs(): Promise<readonly QueuedJob[]> {
    return (await this.jobs()).filter(({ state }) => ['PENDING', 'CONFIGURING', 'RUNNING', 'SUSPENDED', 'STOPPED'].includes(state));
  }

  /** Everything that was ever submitted to the partitions of the lease, as accounting has it once all of it has ended. */
  accountedJobs(): Promise<readonly { readonly jobId: number; readonly name: string; readonly state: string }[]> {
    const report = [
      '--allusers',
      '--allocations',
      '--noheader',
      '--parsable2',
      '--starttime=2000-01-01',
      `--partition=${[...this.#partitions].join(',')}`,
      '--format=JobIDRaw,State,End,JobName',
    ];
    return waitUntil('accounting knows the ends of all jobs', 60_000, async () => {
      const { stdout } = await this.slurm.exec('sacct', report);
      const rows = stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.split('|'));
      if (rows.some(([, , end]) => end === 'Unknown')) return undefined;
      return rows.map(([jobId, state = '', , name = '']) => ({ jobId: Number(jobId), name, state: state.split(' ')[0] ?? state }));
    });
  }

  /** Jobs first: their nodes write into the folder until the last moment. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.slurm.exec('scancel', [`--partition=${[...this.#partitions].join(',')}`]);
    await this.lease[Symbol.asyncDispose]();
    this.folder[Symbol.dispose]();
  }
}

export function testCluster(): SlurmCluster {
  const directory = inject('slurmDirectory');
  if (directory === null) throw new Error('there is no test cluster');
  return attachSlurmCluster(directory);
}
