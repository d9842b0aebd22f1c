import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Allocation } from '@juqueue/core';
import { allocationOf, newRequest } from '@juqueue/testkit/cluster-contract';
import { describe, expect, it } from 'vitest';
import type { SlurmCluster } from './index.ts';
import { RecordedSlurm } from '../test/recorded-slurm.ts';
import { slurmDefinition } from '../test/slurm-definition.ts';

const request = newRequest({ allocation: 'hpc-00001', token: 'a' });
const allocation = (token: string, change: Partial<Allocation> = {}): Allocation =>
  allocationOf({ ...request, allocation: `hpc-${token}`, token }, { status: 'submitted', jobId: '7', ...change });

/** The pause between questions passes at once. */
async function poll(slurm: RecordedSlurm, cluster: SlurmCluster, asked: readonly Allocation[]) {
  const outcome = cluster.poll(asked);
  await slurm.clock.advance(3_000);
  return outcome;
}

describe('a submission', () => {
  it('is one sbatch with its script on standard input, and a config that only we can read', async () => {
    using slurm = new RecordedSlurm();
    await using cluster = slurm.cluster(slurmDefinition({ prologue: ['module load CUDA'] }));
    slurm.answer('sbatch', { stdout: 'Welcome, 3 messages\n4711\n' });
    expect(await cluster.submit(request)).toEqual({ kind: 'submitted', jobId: '4711' });
    const [call] = slurm.calls('sbatch');
    for (const option of [
      '--parsable',
      '--no-requeue',
      '--export=ALL',
      '--propagate=NONE',
      '--nodes=1',
      '--ntasks=1',
      '--exclusive',
      '--time=0-00:10:00',
      '--signal=B:USR2@90',
      `--job-name=${slurm.name('a')}`,
    ])
      expect(call).toContain(option);
    const configFile = join(slurm.workDir, '.juqueue/slurm/hpc-00001.config.json');
    expect(slurm.lastInput('sbatch')).toBe(
      `#!/bin/bash\nmodule load CUDA\nexec /opt/node /opt/node-manager.mjs --work-dir ${slurm.workDir} --allocation hpc-00001 --config ${configFile}\n`,
    );
    expect(statSync(configFile).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(configFile, 'utf8'))).toMatchObject({
      version: 1,
      allocation: 'hpc-00001',
      token: 'a',
      clusterKind: 'slurm',
      slots: 2,
      deadlineMs: null,
      walltimeMs: 600_000,
    });
  });

  it('is a submission when sbatch complained before it succeeded', async () => {
    using slurm = new RecordedSlurm();
    await using cluster = slurm.cluster(slurmDefinition());
    slurm.answer('sbatch', { stdout: '12\n', stderr: 'sbatch: error: Slurm temporarily unable to accept job, sleeping and retrying\n' });
    expect(await cluster.submit(request)).toEqual({ kind: 'submitted', jobId: '12' });
  });

  it('that was not answered is unknown, and nothing more is submitted until the controller speaks', async () => {
    using slurm = new RecordedSlurm();
    await using cluster = slurm.cluster(slurmDefinition());
    slurm.answer('sbatch', { status: 1, stderr: 'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation\n' });
    const [first, second] = await Promise.all([cluster.submit(request), cluster.submit({ ...request, token: 'b' })]);
    expect(first).toMatchObject({ kind: 'unknown' });
    expect(second).toMatchObject({ kind: 'held-back' });
    expect(slurm.calls('sbatch')).toHaveLength(1);

    slurm.answer('squeue', { stdout: slurm.queued('a', '9', 'PENDING') });
    expect(await poll(slurm, cluster, [allocation('a', { status: 'requested', jobId: null })])).toMatchObject({
      kind: 'answered',
      reports: [{ token: 'a', jobId: '9' }],
    });
    slurm.answer('sbatch', { stdout: '10\n' });
    expect(await cluster.submit({ ...request, token: 'd' })).toEqual({ kind: 'submitted', jobId: '10' });
  });

  it('that succeeded without a number is unknown too', async () => {
    using slurm = new RecordedSlurm();
    await using cluster = slurm.cluster(slurmDefinition());
    slurm.answer('sbatch', { stdout: 'Thank you for using our cluster\n' });
    expect(await cluster.submit(request)).toMatchObject({ kind: 'unknown' });
  });

  it('is refused before sbatch runs when the partition does not allow its time', async () => {
    using slurm = new RecordedSlurm();
    await using cluster = slurm.cluster(slurmDefinition({ queue: 'short' }));
    slurm.answer('scontrol', { stdout: 'PartitionName=short Default=NO MaxTime=00:05:00 State=UP TotalCPUs=4 TotalNodes=1\n' });
    expect(await cluster.submit(request)).toEqual({
      kind: 'refused',
      code: 'time-limit',
      message: 'the walltime of 10 min is longer than the 5 min that partition short allows',
    });
    expect(slurm.calls('sbatch')).toEqual([]);
  });

  it('is refused when its directives take it out of our hands, or there is no sbatch', async () => {
    using slurm = new RecordedSlurm();
    await using arrays = slurm.cluster(slurmDefinition({ directives: ['--array=1-3'] }));
    expect(await arrays.submit(request)).toMatchObject({ kind: 'refused', code: 'options' });
    await using bare = slurm.cluster(slurmDefinition(), { env: { PATH: '/nowhere' } });
    expect(await bare.submit(request)).toMatchObject({ kind: 'refused', code: 'programs-missing' });
  });

  it('tells Slurm nothing of an enclosing job, and jobs nothing that sbatch was called with', async () => {
    using slurm = new RecordedSlurm();
    await using cluster = slurm.cluster(slurmDefinition(), {
      env: { SQUEUE_NAMES: 'x', SBATCH_WAIT: '1', SLURM_JOB_ID: '1', SECRET: 's', SBATCH_ACCOUNT: 'budget1' },
    });
    slurm.answer('sbatch', { stdout: '1\n' });
    await cluster.submit(request);
    await poll(slurm, cluster, [allocation('a')]);
    const seen = [...slurm.lastEnvironment('sbatch'), ...slurm.lastEnvironment('squeue')];
    expect(seen.filter((name) => /^(SQUEUE|SBATCH|SECRET|SLURM_JOB)/.test(name))).toEqual([]);
    expect(slurm.lastEnvironment('sbatch')).not.toContain('SLURM_TIME_FORMAT');
    expect(slurm.calls('sbatch')[0]).toContain('--account=budget1');
  });
});

describe('a question', () => {
  it('is one squeue for any number of allocations, and no sacct while all wait or run', async () => {
    using slurm = new RecordedSlurm();
    await using cluster = slurm.cluster(slurmDefinition());
    const tokens = Array.from({ length: 100 }, (_, index) => `t${index}`);
    slurm.answer('squeue', {
      stdout: tokens
        .map((token, index) => slurm.queued(token, String(index + 1), 'RUNNING', { started: 1_700_000_010, node: `n${index}` }))
        .join(''),
    });
    const outcome = await poll(
      slurm,
      cluster,
      tokens.map((token, index) => allocation(token, { jobId: String(index + 1) })),
    );
    expect(outcome.kind === 'answered' && outcome.reports).toHaveLength(100);
    expect(slurm.calls('squeue')).toEqual(['--me --noheader --states=all --format=%A|%T|%r|%V|%S|%e|%N|%B|%j']);
    expect(slurm.calls('sacct')).toEqual([]);
  });

  it('that fails or breaks off says nothing about any job', async () => {
    using slurm = new RecordedSlurm();
    await using cluster = slurm.cluster(slurmDefinition());
    slurm.answer('squeue', { status: 1, stderr: 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)\n' });
    expect(await poll(slurm, cluster, [allocation('a')])).toEqual({
      kind: 'failed',
      message: 'squeue ended with status 1: slurm_load_jobs error: Unable to contact slurm controller (connect failure)',
    });
    slurm.answer('squeue', { stdout: slurm.queued('a', '7', 'RUNNING').slice(0, -20) });
    expect(await poll(slurm, cluster, [allocation('a')])).toMatchObject({ kind: 'failed' });
  });

  it('calls missing only what sacct does not know either', async () => {
    using slurm = new RecordedSlurm();
    await using cluster = slurm.cluster(slurmDefinition());
    slurm.answer('sacct', { stdout: slurm.accounted('a', '7', 'TIMEOUT', 1_700_000_000, 1_700_000_010, 1_700_000_610) });
    expect(await poll(slurm, cluster, [allocation('a'), allocation('b', { jobId: '8' })])).toMatchObject({
      kind: 'answered',
      reports: [
        {
          token: 'a',
          state: 'ended',
          stateText: 'TIMEOUT',
          startedAtMs: 1_700_000_010_000,
          endedAtMs: 1_700_000_610_000,
          isConfirmed: true,
        },
      ],
      missing: ['b'],
    });
    slurm.answer('sacct', { status: 1, stderr: 'sacct: error: slurm_persist_conn_open: failed to open persistent connection\n' });
    expect(await poll(slurm, cluster, [allocation('c')])).toEqual({ kind: 'answered', reports: [], missing: [] });
  });

  it("waits with that for twice the time that Slurm's own messages may take", async () => {
    using slurm = new RecordedSlurm();
    slurm.config('MessageTimeout = 100 sec\nAccountingStorageType = accounting_storage/none\nSLURM_VERSION = 22.05.8\n');
    await using cluster = slurm.cluster(slurmDefinition());
    const unanswered = allocation('a', { status: 'requested', jobId: null });
    expect(await poll(slurm, cluster, [unanswered])).toMatchObject({ missing: [] });
    await slurm.clock.advance(130_000);
    expect(await poll(slurm, cluster, [unanswered])).toMatchObject({ missing: [] });
    // The engine waits another 60 s after the first time that it is told.
    await slurm.clock.advance(7_000);
    expect(await poll(slurm, cluster, [unanswered])).toMatchObject({ missing: ['a'] });
  });

  it('cancels living jobs of this cluster that no allocation names, and only those', async () => {
    using slurm = new RecordedSlurm();
    await using cluster = slurm.cluster(slurmDefinition());
    slurm.answer('squeue', {
      stdout: [
        slurm.queued('late', '20', 'PENDING'),
        slurm.queued('a', '7', 'RUNNING', { started: 1_700_000_010, node: 'n1' }),
        slurm.queued('other', '21', 'PENDING', {}, 'other-cluster'),
        '22|RUNNING|None|1|1|1|n2|n2|somebody-else\n',
        slurm.queued('over', '23', 'COMPLETED'),
      ].join(''),
    });
    await poll(slurm, cluster, [allocation('a')]);
    expect(slurm.calls('scancel')).toEqual(['20']);
  });

  it('leaves them alone when this manager may not act any more', async () => {
    using slurm = new RecordedSlurm();
    await using cluster = slurm.cluster(slurmDefinition(), { mayAct: false });
    slurm.answer('squeue', { stdout: slurm.queued('late', '20', 'PENDING') });
    await poll(slurm, cluster, [allocation('a')]);
    expect(slurm.calls('scancel')).toEqual([]);
  });

  it('leaves a job alone that was submitted while it was asked', async () => {
    using slurm = new RecordedSlurm();
    await using cluster = slurm.cluster(slurmDefinition());
    slurm.answer('sbatch', { stdout: '20\n' });
    slurm.answer('squeue', { stdout: slurm.queued('new', '20', 'PENDING'), sleepSeconds: 0.5 });
    const asking = cluster.poll([allocation('a')]);
    const submission = cluster.submit({ ...request, token: 'new' });
    await slurm.clock.advance(3_000);
    await Promise.all([asking, submission]);
    expect(slurm.calls('scancel')).toEqual([]);
  });

  it('ends an allocation whose job was requeued, and cancels the job before it runs again', async () => {
    using slurm = new RecordedSlurm();
    await using cluster = slurm.cluster(slurmDefinition());
    slurm.answer('squeue', { stdout: slurm.queued('a', '7', 'PENDING', { reason: 'BeginTime', submitted: 1_700_000_100 }) });
    const outcome = await poll(slurm, cluster, [allocation('a', { status: 'running', startedAtMs: 1_700_000_010_000 })]);
    expect(outcome).toMatchObject({
      reports: [{ state: 'ended', startedAtMs: 1_700_000_010_000, endedAtMs: 1_700_000_100_000, isConfirmed: false }],
    });
    expect(slurm.calls('scancel')).toEqual(['7']);
  });

  it('leaves a host out of new allocations on which two died at once', async () => {
    using slurm = new RecordedSlurm();
    await using cluster = slurm.cluster(slurmDefinition({ excludedHosts: ['n1'] }));
    slurm.answer('sbatch', { stdout: '20\n' });
    const dead = (token: string, jobId: string): string =>
      slurm.queued(token, jobId, 'FAILED', { started: 1_700_000_010, ended: 1_700_000_011, node: 'n9' });
    slurm.answer('squeue', { stdout: dead('a', '7') });
    await poll(slurm, cluster, [allocation('a')]);
    await cluster.submit(request);
    slurm.answer('squeue', { stdout: dead('a', '7') + dead('b', '8') });
    await poll(slurm, cluster, [allocation('b', { jobId: '8' })]);
    await cluster.submit(request);
    expect(slurm.calls('sbatch').map((call) => /--exclude=(\S+)/.exec(call)?.[1])).toEqual(['n1', 'n1,n9']);
  });

  it('leaves out the hosts that the manager suspects, each once, and no word that is no name of one node', async () => {
    using slurm = new RecordedSlurm();
    await using cluster = slurm.cluster(slurmDefinition({ excludedHosts: ['n1'] }));
    slurm.answer('sbatch', { stdout: '20\n' });
    await cluster.submit({ ...request, avoidedHosts: ['n9', 'n7.example.org', 'n[1-400]', '--uid=0', 'n2,n3', 'n9', ''] });
    expect(slurm.calls('sbatch').map((call) => /--exclude=(\S+)/.exec(call)?.[1])).toEqual(['n1,n7.example.org,n9']);
  });

  it('submits once more without avoiding anything when Slurm has no other node, or does not know the name', async () => {
    using slurm = new RecordedSlurm();
    await using cluster = slurm.cluster(slurmDefinition());
    slurm.answer('sbatch', {
      status: 1,
      stderr: 'sbatch: error: Batch job submission failed: Requested node configuration is not available',
    });
    const outcome = await cluster.submit({ ...request, avoidedHosts: ['n9'] });
    expect(outcome).toMatchObject({ kind: 'refused', code: 'resources' });
    expect(slurm.calls('sbatch').map((call) => /--exclude=(\S+)/.exec(call)?.[1])).toEqual(['n9', undefined]);
    await cluster.submit({ ...request, token: 'b' });
    expect(slurm.calls('sbatch')).toHaveLength(3);
  });

  it('in a burst waits, so that one answer serves all', async () => {
    using slurm = new RecordedSlurm();
    await using cluster = slurm.cluster(slurmDefinition());
    await cluster.poll([allocation('a')]);
    const second = cluster.poll([allocation('a')]);
    await slurm.clock.advance(2_900);
    expect(slurm.calls('squeue')).toHaveLength(1);
    await slurm.clock.advance(200);
    await second;
    expect(slurm.calls('squeue')).toHaveLength(2);
  });
});

describe('a cancel', () => {
  it('is one scancel by numbers alone', async () => {
    using slurm = new RecordedSlurm();
    await using cluster = slurm.cluster(slurmDefinition());
    expect(await cluster.cancel([allocation('a'), allocation('b', { jobId: '8' })])).toEqual({ kind: 'taken' });
    expect(slurm.calls('scancel')).toEqual(['7 8']);
    expect(slurm.calls('squeue')).toEqual([]);
  });

  it('finds by its name a job whose number was never told', async () => {
    using slurm = new RecordedSlurm();
    await using cluster = slurm.cluster(slurmDefinition());
    slurm.answer('squeue', { stdout: slurm.queued('b', '9', 'PENDING') });
    expect(await cluster.cancel([allocation('a'), allocation('b', { status: 'requested', jobId: null })])).toEqual({ kind: 'taken' });
    expect(slurm.calls('scancel')).toEqual(['7 9']);
  });

  it('that Slurm did not take is not taken', async () => {
    using slurm = new RecordedSlurm();
    await using cluster = slurm.cluster(slurmDefinition());
    slurm.answer('scancel', { status: 8, stderr: 'scancel: error: Kill job error on job id 7: Unable to contact slurm controller\n' });
    expect(await cluster.cancel([allocation('a')])).toMatchObject({ kind: 'failed' });
  });
});

describe('a cluster of a multi-cluster site', () => {
  it('is named in every command', async () => {
    using slurm = new RecordedSlurm();
    await using cluster = slurm.cluster(slurmDefinition({ directives: ['-M c2'] }));
    slurm.answer('sbatch', { stdout: '5;c2\n' });
    expect(await cluster.submit(request)).toEqual({ kind: 'submitted', jobId: '5' });
    await poll(slurm, cluster, [allocation('a')]);
    await cluster.cancel([allocation('a')]);
    for (const name of ['squeue', 'scancel', 'sacct'] as const) expect(slurm.calls(name)[0]).toMatch(/^--clusters=c2 /);
  });
});
