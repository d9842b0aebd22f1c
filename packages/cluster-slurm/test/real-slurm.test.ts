import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Allocation, AllocationReport, ClusterDefinition, SlurmDriverDefinition } from '@juqueue/core';
import { silentLog } from '@juqueue/core';
import type { StartedSlurmCluster } from '@juqueue/testkit';
import { slurmUnsupportedReason, startSlurmCluster, twoJobsAccount, twoJobsQos, waitUntil } from '@juqueue/testkit';
import { allocationOf, describeCluster, newRequest, reported, submitted } from '@juqueue/testkit/cluster-contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkSlurmCluster, SlurmCluster } from '../src/index.ts';
import { realClock } from './real-clock.ts';
import { slurmDefinition } from './slurm-definition.ts';

const unsupported = slurmUnsupportedReason();
const title = unsupported === undefined ? 'A real Slurm' : `A real Slurm (skipped: ${unsupported})`;
const idleNode = fileURLToPath(import.meta.resolve('@juqueue/testkit/idle-node'));
const failingNode = fileURLToPath(new URL('failing-node.ts', import.meta.url));
const limitMs = 45_000;

describe.skipIf(unsupported !== undefined)(title, { timeout: 120_000 }, () => {
  let slurm: StartedSlurmCluster;
  let workDir: string;
  const open = (
    driver: Partial<SlurmDriverDefinition> = {},
    change: Partial<ClusterDefinition> = {},
    options: { readonly program?: string; readonly env?: Readonly<Record<string, string>> } = {},
  ): SlurmCluster =>
    new SlurmCluster({
      definition: slurmDefinition(driver, change),
      workDir,
      program: options.program ?? idleNode,
      nodeBinary: process.execPath,
      linkKeyFile: join(workDir, '.juqueue/link.key'),
      clock: realClock,
      log: silentLog,
      env: { ...env(), ...options.env },
      mayAct: async () => true,
    });
  const env = (): Readonly<Record<string, string>> => ({
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    HOME: '/root',
    USER: 'root',
    ...slurm.env,
  });
  /** As the engine knows it after this report. */
  const known = (allocation: Allocation, report: AllocationReport): Allocation => ({
    ...allocation,
    status: report.state === 'waiting' ? 'submitted' : report.state,
    jobId: report.jobId,
    startedAtMs: report.startedAtMs,
    endedAtMs: report.endedAtMs,
    isConfirmed: report.isConfirmed,
  });
  const confirmed = (cluster: SlurmCluster, allocation: Allocation): Promise<AllocationReport> =>
    waitUntil(`the end of ${allocation.id} is confirmed`, limitMs, async () => {
      const outcome = await cluster.poll([allocation]);
      return outcome.kind === 'answered' ? outcome.reports.find((report) => report.isConfirmed) : undefined;
    });

  beforeAll(async () => {
    workDir = mkdtempSync(join(tmpdir(), 'jq-real-slurm-'));
    slurm = await startSlurmCluster({ nodeCount: 4, unprivilegedUser: true });
  }, 120_000);
  afterAll(async () => {
    await slurm?.[Symbol.asyncDispose]();
    rmSync(workDir, { recursive: true, force: true });
  });

  describeCluster(
    'Slurm',
    async () => ({ open: async () => open(), start: () => undefined, limitMs, [Symbol.asyncDispose]: async () => undefined }),
    120_000,
  );

  it('bills an allocation to the second as sacct does, once it is confirmed', async () => {
    await using cluster = open();
    const allocation = await submitted(cluster);
    const running = known(allocation, await reported(cluster, allocation, 'running', limitMs));
    await cluster.cancel([running]);
    const ended = known(running, await reported(cluster, running, 'ended', limitMs));
    const bill = ended.isConfirmed ? ended : await confirmed(cluster, ended);
    const [execution] = await slurm.waitForAccountedEnd(Number(allocation.jobId));
    expect(bill.endedAtMs! - bill.startedAtMs!).toBe(execution!.elapsedSeconds * 1000);
    expect(bill.startedAtMs).toBe(execution!.startSeconds! * 1000);
  });

  it('whose controller is frozen leaves a submission unknown, and has made exactly one job after the thaw', async () => {
    await using cluster = open();
    await reportedNothing(cluster);
    const request = newRequest();
    await slurm.freezeController();
    const outcome = cluster.submit(request);
    const second = cluster.submit(newRequest());
    expect(await outcome).toMatchObject({ kind: 'unknown' });
    expect(await second).toMatchObject({ kind: 'held-back' });
    await slurm.thawController();
    const unanswered = allocationOf(request);
    const found = await reported(cluster, unanswered, 'running', limitMs);
    const jobs = (await slurm.queue()).filter(({ name }) => name.endsWith(request.token));
    expect(jobs.map(({ jobId }) => String(jobId))).toEqual([found.jobId]);
    await cluster.cancel([known(unanswered, found)]);
  });

  it('cancels a job that appears after its allocation was given up', async () => {
    await using cluster = open();
    const [late, other] = [newRequest(), newRequest()];
    const lateAllocation = await submitted(cluster, late);
    const kept = await submitted(cluster, other);
    await reported(cluster, kept, 'running', limitMs);
    await slurm.waitForJob(Number(lateAllocation.jobId), ['CANCELLED'], limitMs);
    await cluster.cancel([kept]);
  });

  it('says nothing about its jobs, and takes none, while its controller is away', async () => {
    await using cluster = open();
    const allocation = await submitted(cluster);
    const running = known(allocation, await reported(cluster, allocation, 'running', limitMs));
    // The controller writes its state down every few seconds only.
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    await slurm.killController();
    expect(await cluster.poll([running])).toMatchObject({ kind: 'failed' });
    expect(await cluster.submit(newRequest())).toMatchObject({ kind: 'held-back' });
    await slurm.startController();
    expect(await reported(cluster, running, 'running', limitMs)).toMatchObject({ jobId: allocation.jobId });
    await cluster.cancel([running]);
  });

  it.each([
    ['an account', { account: twoJobsAccount }],
    ['a quality of service', { directives: [`--qos=${twoJobsQos}`] }],
  ])('holds a third submission back when %s takes two', async (_what, driver) => {
    await using cluster = open(driver);
    const taken = [await submitted(cluster), await submitted(cluster)];
    expect(await cluster.submit(newRequest())).toMatchObject({ kind: 'held-back' });
    await cluster.cancel(taken);
    for (const allocation of taken) await slurm.waitForJob(Number(allocation.jobId), ['CANCELLED'], limitMs);
  });

  it.each([
    ['account', { account: 'nosuch' }],
    ['partition', { queue: 'nosuch' }],
    ['time-limit', { queue: 'short' }],
    ['options', { directives: ['--no-such-option'] }],
    ['resources', { directives: ['--gres=gpu:9'] }],
  ])('refuses for good what its %s does not allow', async (code, driver) => {
    await using cluster = open(driver);
    expect(await cluster.submit(newRequest())).toMatchObject({ kind: 'refused', code });
  });

  it('keeps an allocation waiting while its partition is down, says so, and lets it go unbilled', async () => {
    await using cluster = open({ queue: 'down' });
    const allocation = await submitted(cluster);
    const waiting = await waitUntil('the reason is known', limitMs, async () => {
      const report = await reported(cluster, allocation, 'waiting', limitMs);
      return report.waitingFor?.startsWith('PartitionDown') === true ? report : undefined;
    });
    expect(waiting.waitingFor).toBe('PartitionDown (the site has to bring nodes or partition up)');
    await cluster.cancel([allocation]);
    const ended = await reported(cluster, allocation, 'ended', limitMs);
    expect(ended.startedAtMs).toBeNull();
  });

  it('ends an allocation whose job an administrator requeues, and bills what it executed', async () => {
    await using cluster = open();
    const allocation = await submitted(cluster);
    const running = known(allocation, await reported(cluster, allocation, 'running', limitMs));
    await slurm.exec('scontrol', ['update', `JobId=${allocation.jobId}`, 'Requeue=1']);
    expect(await slurm.exec('scontrol', ['requeue', String(allocation.jobId)])).toMatchObject({ status: 0 });
    const ended = known(running, await reported(cluster, running, 'ended', limitMs));
    await slurm.waitForJob(Number(allocation.jobId), ['CANCELLED'], limitMs);
    const bill = await confirmed(cluster, { ...ended, isConfirmed: false });
    const executions = await slurm.waitForAccountedEnd(Number(allocation.jobId));
    const billedSeconds = executions.reduce((sum, { elapsedSeconds }) => sum + elapsedSeconds, 0);
    expect((bill.endedAtMs! - bill.startedAtMs!) / 1000).toBe(billedSeconds);
  });

  it('reports the end of a killed node, and confirms it when accounting is back after an outage', async () => {
    await using cluster = open();
    const allocation = await submitted(cluster);
    const running = known(allocation, await reported(cluster, allocation, 'running', limitMs));
    await slurm.stopAccounting();
    const host = (await slurm.waitForJob(Number(allocation.jobId), ['RUNNING'])).nodeList;
    await slurm.killNode(host);
    const ended = await reported(cluster, running, 'ended', 60_000);
    expect(ended).toMatchObject({ stateText: 'NODE_FAIL', isConfirmed: false, host });
    await slurm.startAccounting();
    await slurm.startNode(host);
    const bill = await confirmed(cluster, known(running, ended));
    expect(bill.endedAtMs).toBe(ended.endedAtMs);
  });

  it('leaves out a host on which allocations die at once', async () => {
    const onOneNode = slurm.nodeNames.slice(1).join(',');
    await using cluster = open({ excludedHosts: [onOneNode] }, {}, { program: failingNode });
    for (let death = 0; death < 2; death += 1) {
      const allocation = await submitted(cluster);
      expect(await reported(cluster, allocation, 'ended', limitMs)).toMatchObject({ stateText: 'FAILED', host: slurm.nodeNames[0] });
    }
    expect(await cluster.submit(newRequest())).toMatchObject({ kind: 'refused', code: 'resources' });
  });

  it('gives another node than a suspected one while there is another, and that one when there is not or its name is unknown', async () => {
    await using cluster = open();
    const [suspect = ''] = slurm.nodeNames;
    for (const [avoidedHosts, expected] of [
      [[suspect], slurm.nodeNames.slice(1)],
      [slurm.nodeNames, slurm.nodeNames],
      [['nosuch'], slurm.nodeNames],
    ] as const) {
      const allocation = await submitted(cluster, newRequest({ avoidedHosts }));
      const running = await reported(cluster, allocation, 'running', limitMs);
      expect(expected).toContain(running.host);
      await cluster.cancel([known(allocation, running)]);
      await slurm.waitForJob(Number(allocation.jobId), ['CANCELLED'], limitMs);
    }
  });

  it('is driven the same from within a job, and tells jobs nothing of that one', async () => {
    const enclosing = { SQUEUE_NAMES: 'x', SBATCH_WAIT: '1', SLURM_JOB_ID: '1', SLURM_NTASKS_PER_NODE: '9', SECRET: 's' };
    await using cluster = open({ prologue: ['env > seen.new', 'mv seen.new "seen-$SLURM_JOB_ID"'] }, {}, { env: enclosing });
    const allocation = await submitted(cluster);
    const running = await reported(cluster, allocation, 'running', limitMs);
    const seen = await waitUntil('the prologue was through', limitMs, () =>
      readFileSync(join(workDir, `seen-${allocation.jobId}`), 'utf8'),
    );
    expect(seen).toContain(`SLURM_JOB_ID=${allocation.jobId}\n`);
    expect(seen).not.toMatch(/SLURM_NTASKS_PER_NODE|SECRET|SQUEUE_NAMES|SLURM_TIME_FORMAT/);
    await cluster.cancel([known(allocation, running)]);
  });

  it('is driven the same by an ordinary user', async () => {
    const program = fileURLToPath(new URL('allocation-of-a-user.ts', import.meta.url));
    const result = await slurm.exec(process.execPath, [program, slurm.unprivilegedUser!.home], {
      user: 'unprivileged',
      timeLimitMs: 60_000,
    });
    expect(result.stderr).toBe('');
    expect(JSON.parse(result.stdout)).toMatchObject({ running: { state: 'running' }, ended: { state: 'ended' } });
  });

  it('is examined before anything is submitted', async () => {
    const found = async (driver: Partial<SlurmDriverDefinition>): Promise<readonly string[]> =>
      (await checkSlurmCluster(slurmDefinition(driver), env())).filter(({ severity }) => severity === 'error').map(({ code }) => code);
    expect(await found({ queue: 'batch', account: 'open' })).toEqual([]);
    expect(await found({ queue: 'nosuch' })).toContain('partition');
    expect(await found({ queue: 'down' })).toContain('partition');
    expect(await found({ queue: 'short' })).toContain('walltime');
    expect(await found({ account: 'nosuch' })).toEqual(['account', 'test-submission']);
    expect(await slurm.queue()).not.toContainEqual(expect.objectContaining({ name: 'juqueue-test' }));
  });

  it('ends an allocation at its time limit, and warns its node before', async () => {
    await using cluster = open();
    const allocation = await submitted(cluster, newRequest({ walltimeMs: 60_000 }));
    const running = known(allocation, await reported(cluster, allocation, 'running', limitMs));
    const ended = await reported(cluster, running, 'ended', 120_000);
    expect(ended.stateText).toBe('TIMEOUT');
    expect(ended.endedAtMs! - ended.startedAtMs!).toBeGreaterThanOrEqual(60_000);
    expect(readFileSync(join(workDir, '.juqueue/slurm', `${allocation.id}-${allocation.jobId}.log`), 'utf8')).toContain('warned');
  }, 180_000);

  /** Lets the cluster learn what this Slurm can do, so that its time limits are those of the site. */
  async function reportedNothing(cluster: SlurmCluster): Promise<void> {
    expect(await cluster.poll([allocationOf(newRequest())])).toMatchObject({ kind: 'answered' });
  }
});
