import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cancelJobs, submitTickingJob, type TickingJob } from './fixtures/ticking-job.ts';
import { standardPartitions } from './options.ts';
import { attachSlurmCluster } from './slurm-cluster.ts';
import { startSlurmCluster, type StartedSlurmCluster } from './start-slurm-cluster.ts';
import { slurmUnsupportedReason } from './unsupported-reason.ts';
import { waitUntil } from './wait-until.ts';

const unsupported = slurmUnsupportedReason();
const slow = { timeout: 60_000 };
const title = unsupported === undefined ? 'the Slurm test cluster' : `the Slurm test cluster (skipped: ${unsupported})`;

describe.skipIf(unsupported !== undefined)(title, () => {
  let cluster: StartedSlurmCluster;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'jq-slurm-test-'));
    chmodSync(folder, 0o777);
    cluster = await startSlurmCluster({ gpusPerNode: 2, unprivilegedUser: true });
  });
  afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  const file = (name: string): string => join(folder, name);
  const output = (name: string): string => readFileSync(file(name), 'utf8').trim();
  const on = (node: number): string => `--nodelist=${cluster.nodeNames[node - 1]}`;
  const toFile = (name: string): string => `--output=${file(name)}`;

  const submitTicker = (...args: readonly string[]): Promise<TickingJob> => submitTickingJob(cluster, folder, args);

  it('runs eight nodes, each with its own host name, and accounts what they ran', slow, async () => {
    expect(cluster.nodeNames).toHaveLength(8);
    const jobId = await cluster.submit(['--nodes=8', '--exclusive', toFile('hosts'), '--job-name=eight'], 'srun hostname');
    await cluster.waitForJob(jobId, ['COMPLETED']);
    expect(output('hosts').split('\n').toSorted()).toEqual(cluster.nodeNames);
    const [execution] = await cluster.waitForAccountedEnd(jobId);
    expect(execution).toMatchObject({ name: 'eight', state: 'COMPLETED', exitCode: '0:0', account: 'open', partition: 'batch' });
    expect(execution!.endSeconds! - execution!.startSeconds!).toBe(execution!.elapsedSeconds);
  });

  it('shows fake GPUs to jobs as CUDA_VISIBLE_DEVICES', slow, async () => {
    const jobId = await cluster.submit(['--gres=gpu:2', toFile('gpus')], 'echo "$CUDA_VISIBLE_DEVICES"');
    await cluster.waitForJob(jobId, ['COMPLETED']);
    expect(output('gpus')).toBe('0,1');
  });

  it('lets an unprivileged user submit, who then runs under an id of his own', slow, async () => {
    const { uid, name } = cluster.unprivilegedUser!;
    const jobId = await cluster.submit([toFile('user')], 'id -u; id -un', { user: 'unprivileged', cwd: folder });
    await cluster.waitForJob(jobId, ['COMPLETED']);
    expect(output('user').split('\n')).toEqual([String(uid), name]);
    expect(uid).toBeGreaterThan(0);
  });

  it('enforces two jobs per user by quality of service and by account, and knows its accounts', slow, async () => {
    for (const [option, limit] of [
      ['--qos=two-jobs', 'QOSMaxSubmitJobPerUserLimit'],
      ['--account=two-jobs', 'AssocMaxSubmitJobLimit'],
    ]) {
      const held = [await cluster.submit(['--hold', option!], 'true'), await cluster.submit(['--hold', option!], 'true')];
      await expect(cluster.submit(['--hold', option!], 'true')).rejects.toThrow(limit);
      await cancelJobs(cluster, ...held);
    }
    await expect(cluster.submit(['--account=nosuch'], 'true')).rejects.toThrow('Invalid account');
  });

  it('keeps jobs waiting that want more time than their partition has, or a partition that is down', slow, async () => {
    const tooLong = await cluster.submit(['--partition=short', '--time=10'], 'true');
    const closed = await cluster.submit(['--partition=down'], 'true');
    await waitUntil('both have their reasons', 10_000, async () => {
      const reasons = new Map((await cluster.queue()).map((job) => [job.jobId, job.reason]));
      return (reasons.get(tooLong) === 'PartitionTimeLimit' && reasons.get(closed) === 'PartitionDown') || undefined;
    });
    await cancelJobs(cluster, tooLong, closed);
  });

  it('hides a folder on one node only, and shows it again', slow, async () => {
    writeFileSync(file('shared'), 'here');
    const look = async (node: number, name: string): Promise<string> => {
      const env = { SHARED: file('shared'), ANSWER: join(cluster.directory, name) };
      const jobId = await cluster.submit([on(node), '--output=/dev/null'], 'cat "$SHARED" >"$ANSWER" 2>&1; exit 0', { env });
      await cluster.waitForJob(jobId, ['COMPLETED']);
      return readFileSync(env.ANSWER, 'utf8');
    };
    await cluster.hideWorkDir(7, folder);
    expect(await look(7, 'hidden')).toContain('No such file or directory');
    expect(await look(8, 'other')).toBe('here');
    await cluster.showWorkDir(7);
    expect(await look(7, 'shown')).toBe('here');
    await expect(cluster.hideWorkDir(7, tmpdir())).rejects.toThrow("the cluster's own files");
  });

  it('freezes the controller: an sbatch that timed out has submitted its job all the same', slow, async () => {
    await cluster.freezeController();
    const result = await cluster.exec('sbatch', ['--parsable', '--hold', '--job-name=late', '--wrap=true']);
    await cluster.thawController();
    expect(result.status).not.toBe(0);
    expect(result.stderr).toContain('Socket timed out');
    const late = await waitUntil('the job appears', 10_000, async () => (await cluster.queue()).find(({ name }) => name === 'late'));
    await cancelJobs(cluster, late.jobId);
  });

  it('kills and starts the controller, which remembers its jobs while they run on', slow, async () => {
    const survivor = await submitTicker(on(1));
    // slurmctld writes jobs down only every few seconds; what it lost before would not show what the outage does.
    await sleep(6_000);
    await cluster.killController();
    const during = await cluster.exec('scontrol', ['ping']);
    expect(during.stdout).toContain('DOWN');
    expect(await survivor.ticksWithin(500)).toBeGreaterThan(0);
    await cluster.startController();
    await cluster.waitForJob(survivor.jobId, ['RUNNING']);
    await cancelJobs(cluster, survivor.jobId);
  });

  it('stops and starts accounting, which learns afterwards what it missed', slow, async () => {
    await cluster.stopAccounting();
    expect((await cluster.exec('sacct', ['--noheader'])).status).not.toBe(0);
    const jobId = await cluster.submit(['--output=/dev/null'], 'true');
    await cluster.waitForJob(jobId, ['COMPLETED']);
    await cluster.startAccounting();
    const [execution] = await cluster.waitForAccountedEnd(jobId, 30_000);
    expect(execution?.state).toBe('COMPLETED');
  });

  it('gives tests nodes of their own, and gets them back in order whatever was done to them', slow, async () => {
    const attached = attachSlurmCluster(cluster.directory);
    const first = await attached.leaseNodes({ nodeCount: 3, partitions: [{ name: 'batch' }, { name: 'high', priorityTier: 100 }] });
    const second = await cluster.leaseNodes({ nodeCount: 5 });
    expect([...first.nodes, ...second.nodes].toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    await expect(cluster.leaseNodes({ nodeCount: 1, timeLimitMs: 100 })).rejects.toThrow('1 nodes are free');
    await second[Symbol.asyncDispose]();

    const [frozen, killed, drained] = first.nodes;
    const job = await submitTicker(`--partition=${first.partition('high')}`, `--nodelist=${first.nodeNames[0]}`);
    await cluster.freezeNode(frozen!);
    await cluster.killNode(killed!);
    await cluster.drainNode(drained!);
    await first[Symbol.asyncDispose]();
    expect((await cluster.queue()).find(({ jobId }) => jobId === job.jobId)?.state).toBe('CANCELLED');
    for (const node of first.nodes) await cluster.waitForNode(node, ['IDLE']);
    const partitions = (await cluster.exec('sinfo', ['--noheader', '--format=%R'])).stdout.trim().split('\n');
    expect(partitions).toEqual(standardPartitions.map(({ name }) => name));
    expect(existsSync(join(cluster.directory, 'node-claims', String(frozen)))).toBe(false);
  });
});
