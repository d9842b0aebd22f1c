import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectionFrom } from './fixtures/node-connection.ts';
import { cancelJobs, submitTickingJob, type TickingJob } from './fixtures/ticking-job.ts';
import { startSlurmCluster, type StartedSlurmCluster } from './start-slurm-cluster.ts';
import { slurmUnsupportedReason } from './unsupported-reason.ts';
import { waitUntil } from './wait-until.ts';

const unsupported = slurmUnsupportedReason();
const title = 'faults of nodes in the Slurm test cluster';
/** Slurm takes half a minute to call a silent node dead, and longer when several are. */
const nodeFailTimeLimitMs = 60_000;
const slow = { timeout: 2 * nodeFailTimeLimitMs };

// Each test has nodes of its own, so they run at the same time.
describe.skipIf(unsupported !== undefined).concurrent(unsupported === undefined ? title : `${title} (skipped: ${unsupported})`, () => {
  let cluster: StartedSlurmCluster;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'jq-node-faults-'));
    cluster = await startSlurmCluster({ networkNamespaces: true });
  });
  afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  const on = (...nodes: readonly number[]): string => `--nodelist=${nodes.map((node) => cluster.nodeNames[node - 1]).join(',')}`;
  const submitTicker = (...args: readonly string[]): Promise<TickingJob> => submitTickingJob(cluster, folder, args);

  it('preempts jobs of low partitions for a higher one: cancelled in one, requeued in the other', slow, async () => {
    const lowCancel = await submitTicker('--partition=low-cancel', '--exclusive', on(1));
    const lowRequeue = await submitTicker('--partition=low-requeue', '--requeue', '--exclusive', on(2));
    const high = await cluster.submit(['--partition=high', '--nodes=2', '--exclusive', '--output=/dev/null', on(1, 2)], 'sleep 1');
    await cluster.waitForJob(lowCancel.jobId, ['PREEMPTED'], 40_000);
    await cluster.waitForJob(high, ['COMPLETED'], 40_000);
    await cluster.waitForJob(lowRequeue.jobId, ['RUNNING'], 40_000);
    await cancelJobs(cluster, lowRequeue.jobId);
    const executions = await cluster.waitForAccountedEnd(lowRequeue.jobId);
    expect(executions.map(({ state }) => state)).toEqual(['PREEMPTED', 'CANCELLED']);
  });

  it('drains, downs and resumes nodes as an administrator does', slow, async () => {
    const drained = await submitTicker(on(3));
    const downed = await submitTicker(on(4));
    await cluster.drainNode(3);
    await cluster.downNode(4);
    await cluster.waitForJob(downed.jobId, ['NODE_FAIL']);
    expect(await cluster.nodeState(3)).toContain('DRAIN');
    expect(await drained.ticksWithin(500)).toBeGreaterThan(0);
    await cancelJobs(cluster, drained.jobId);
    for (const node of [3, 4]) {
      await cluster.resumeNode(node);
      await cluster.waitForNode(node, ['IDLE']);
    }
  });

  it('kills a node with every process of its jobs, and starts it again', slow, async () => {
    const node = 5;
    const daemonising = 'setsid --fork bash -c "$TICK"; sleep 600';
    const job = await submitTickingJob(cluster, folder, [on(node)], daemonising);
    await cluster.killNode(node);
    expect(cluster.nodeProcessIds(node)).toEqual([]);
    expect(await job.ticksWithin(500)).toBe(0);
    await cluster.waitForJob(job.jobId, ['NODE_FAIL'], nodeFailTimeLimitMs);
    await cluster.startNode(node);
    await cluster.waitForNode(node, ['IDLE']);
  });

  it('kills slurmd alone: Slurm calls the node dead while its job lives on, until slurmd returns', slow, async () => {
    const node = 6;
    const orphan = await submitTicker(on(node));
    await cluster.killSlurmd(node);
    await cluster.waitForJob(orphan.jobId, ['NODE_FAIL'], nodeFailTimeLimitMs);
    expect(await orphan.ticksWithin(500)).toBeGreaterThan(0);
    await cluster.startNode(node);
    await waitUntil('the orphan is killed', 30_000, async () => (await orphan.ticksWithin(400)) === 0 || undefined);
    await cluster.waitForNode(node, ['IDLE']);
  });

  it('freezes a node without closing a connection, and thaws it', slow, async () => {
    const node = 7;
    const job = await submitTicker(on(node));
    await using link = await connectionFrom(cluster, [on(node)]);
    await cluster.freezeNode(node);
    expect(await job.ticksWithin(500)).toBe(0);
    expect(await link.answers()).toBe(false);
    expect(link.isOpen()).toBe(true);
    await cluster.thawNode(node);
    expect(await job.ticksWithin(500)).toBeGreaterThan(0);
    expect(await link.answers()).toBe(true);
    await cancelJobs(cluster, job.jobId);
  });

  it('cuts a node off the network without telling either side, and joins it again', slow, async () => {
    const node = 8;
    const job = await submitTicker(on(node));
    await using link = await connectionFrom(cluster, [on(node)]);
    expect(await link.answers()).toBe(true);
    await cluster.partitionNetwork(node);
    expect(await link.answers()).toBe(false);
    expect(link.isOpen()).toBe(true);
    expect(await job.ticksWithin(500)).toBeGreaterThan(0);
    await cluster.healNetwork(node);
    await waitUntil('the connection works again', 20_000, async () => (await link.answers()) || undefined);
    await cancelJobs(cluster, job.jobId);
  });
});
