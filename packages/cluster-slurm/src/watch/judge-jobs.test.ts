import type { Allocation } from '@juqueue/core';
import { describe, expect, it } from 'vitest';
import { judgeJobs, strayJobs, tokensForAccounting } from './judge-jobs.ts';
import type { Accounting } from './judge-jobs.ts';
import type { AccountedExecution } from './parse-sacct.ts';
import type { QueuedJob } from './parse-squeue.ts';

const nowMs = 2_000_000;

const allocation = (token: string, change: Partial<Allocation> = {}): Allocation => ({
  id: `hpc-${token}`,
  cluster: 'hpc',
  token,
  status: 'submitted',
  jobId: '7',
  slots: 4,
  resources: { slots: 4 },
  walltimeMs: 3_600_000,
  leaseMs: null,
  requestedAtMs: 900_000,
  startedAtMs: null,
  endedAtMs: null,
  host: null,
  endState: null,
  isConfirmed: false,
  cancel: null,
  waitingFor: null,
  node: null,
  ...change,
});

const job = (state: string, change: Partial<QueuedJob> = {}): QueuedJob => ({
  jobId: '7',
  state,
  reason: 'None',
  submittedAtMs: 1_000_000,
  startedAtMs: null,
  endedAtMs: null,
  nodes: '',
  batchHost: '',
  name: 'juqueue-f-a',
  ...change,
});

const execution = (state: string, change: Partial<AccountedExecution> = {}): AccountedExecution => ({
  jobId: '7',
  state,
  submittedAtMs: 1_000_000,
  startedAtMs: 1_010_000,
  endedAtMs: 1_500_000,
  nodes: 'n1',
  name: 'juqueue-f-a',
  ...change,
});

const judge = (asked: Allocation, jobs: readonly QueuedJob[], accounting: Accounting = new Map()) =>
  judgeJobs({ asked: [asked], queue: new Map(jobs.length === 0 ? [] : [[asked.token, jobs]]), accounting, nowMs });

const started = { status: 'running', startedAtMs: 1_010_000 } as const;
const running = { startedAtMs: 1_010_000, endedAtMs: 4_610_000, nodes: 'n1', batchHost: 'n1' };

describe('what squeue and sacct say about an allocation', () => {
  it('waits with its reason; the estimated start is no start', () => {
    const { reports } = judge(allocation('a'), [job('PENDING', { reason: 'Resources', startedAtMs: 1_900_000 })]);
    expect(reports).toEqual([
      {
        token: 'a',
        jobId: '7',
        state: 'waiting',
        stateText: 'PENDING',
        waitingFor: 'Resources',
        startedAtMs: null,
        endedAtMs: null,
        host: null,
        isConfirmed: false,
      },
    ]);
  });

  it('runs on its host; the end of its walltime is no end', () => {
    expect(judge(allocation('a'), [job('RUNNING', running)]).reports).toMatchObject([
      { state: 'running', startedAtMs: 1_010_000, endedAtMs: null, host: 'n1' },
    ]);
  });

  it('still runs while it completes', () => {
    expect(judge(allocation('a', started), [job('COMPLETING', { ...running, nodes: '' })]).reports).toMatchObject([
      { state: 'running', stateText: 'COMPLETING', host: 'n1' },
    ]);
  });

  it('is neither reported nor missing in a state that we do not know', () => {
    expect(judge(allocation('a'), [job('HIBERNATING')])).toEqual({ reports: [], missing: [], disputed: [], strays: [] });
  });

  it('has ended for squeue at once, and is confirmed when sacct has its end too', () => {
    const over = job('TIMEOUT', { ...running, endedAtMs: 1_500_000 });
    expect(judge(allocation('a', started), [over]).reports).toMatchObject([
      { state: 'ended', stateText: 'TIMEOUT', startedAtMs: 1_010_000, endedAtMs: 1_500_000, isConfirmed: false },
    ]);
    expect(judge(allocation('a', started), [over], 'silent').reports).toMatchObject([{ isConfirmed: false }]);
    expect(
      judge(allocation('a', started), [over], new Map([['a', [execution('TIMEOUT', { endedAtMs: 1_501_000 })]]])).reports,
    ).toMatchObject([{ endedAtMs: 1_501_000, isConfirmed: true }]);
  });

  it('is confirmed by squeue alone where the site keeps no accounts', () => {
    expect(judge(allocation('a'), [job('COMPLETED', { ...running, endedAtMs: 1_500_000 })], 'none').reports).toMatchObject([
      { isConfirmed: true },
    ]);
  });

  it('is billed nothing when it was cancelled before it had a node', () => {
    expect(judge(allocation('a'), [job('CANCELLED', { startedAtMs: 1_100_000, endedAtMs: 1_100_000 })]).reports).toMatchObject([
      { state: 'ended', startedAtMs: null },
    ]);
  });

  it('that squeue forgot has ended when sacct has its end', () => {
    expect(judge(allocation('a', started), [], new Map([['a', [execution('COMPLETED')]]])).reports).toMatchObject([
      { state: 'ended', isConfirmed: true, jobId: '7', host: 'n1' },
    ]);
  });

  it('is missing only when both know nothing of it', () => {
    expect(judge(allocation('a'), []).missing).toEqual(['a']);
    expect(judge(allocation('a'), [], 'none').missing).toEqual(['a']);
    expect(judge(allocation('a'), [], 'silent').missing).toEqual([]);
    const alive = execution('RUNNING', { endedAtMs: null });
    expect(judge(allocation('a'), [], new Map([['a', [alive]]]))).toMatchObject({ missing: [], disputed: ['a'], reports: [] });
  });

  it('has ended when its job was requeued, and the job that waits again is not wanted', () => {
    const again = job('PENDING', { reason: 'BeginTime', submittedAtMs: 1_200_000 });
    expect(judge(allocation('a', started), [again])).toMatchObject({
      strays: ['7'],
      reports: [{ state: 'ended', startedAtMs: 1_010_000, endedAtMs: 1_200_000, isConfirmed: false }],
    });
    expect(judge(allocation('a', started), [job('REQUEUED', { submittedAtMs: 1_200_000 })]).strays).toEqual(['7']);
    expect(judge(allocation('a'), [job('PENDING', { reason: 'launch failed requeued held' })]).reports).toMatchObject([{ state: 'ended' }]);
  });

  it('has ended when its job already runs again', () => {
    const again = job('RUNNING', { ...running, submittedAtMs: 1_200_000, startedAtMs: 1_330_000 });
    expect(judge(allocation('a', started), [again])).toMatchObject({ strays: ['7'], reports: [{ state: 'ended' }] });
  });

  it('runs on when only its start was set anew, as after the boot of its node', () => {
    const booted = job('RUNNING', { ...running, startedAtMs: 1_070_000 });
    expect(judge(allocation('a', started), [booted])).toMatchObject({
      strays: [],
      reports: [{ state: 'running', startedAtMs: 1_070_000 }],
    });
  });

  it('is served by the first of two living jobs of its name, and the other is not wanted', () => {
    const { reports, strays } = judge(allocation('a', { jobId: null, status: 'requested' }), [
      job('PENDING', { jobId: '12' }),
      job('RUNNING', { ...running, jobId: '9' }),
    ]);
    expect(reports).toMatchObject([{ jobId: '9', state: 'running' }]);
    expect(strays).toEqual(['12']);
  });

  it('that ended unconfirmed is confirmed later, and its job is not wanted if it still lives', () => {
    const ended = allocation('a', { status: 'ended', startedAtMs: 1_010_000, endedAtMs: 1_200_000 });
    expect(
      judge(
        ended,
        [job('PENDING')],
        new Map([
          [
            'a',
            [
              execution('REQUEUED', { endedAtMs: 1_200_000 }),
              execution('PENDING', { submittedAtMs: 1_200_000, startedAtMs: null, endedAtMs: null }),
            ],
          ],
        ]),
      ),
    ).toMatchObject({ strays: ['7'], reports: [], missing: [] });
    expect(judge(ended, [], new Map([['a', [execution('REQUEUED', { endedAtMs: 1_199_000 })]]]))).toMatchObject({
      reports: [{ endedAtMs: 1_199_000, isConfirmed: true }],
    });
    expect(judge(ended, [])).toEqual({ reports: [], missing: [], disputed: [], strays: [] });
  });
});

describe('sacct', () => {
  it('is asked about what squeue forgot or ended, not about what waits or runs', () => {
    const asked = [
      allocation('waits'),
      allocation('runs'),
      allocation('over'),
      allocation('gone'),
      allocation('unconfirmed', { status: 'ended' }),
    ];
    const queue = new Map([
      ['waits', [job('PENDING')]],
      ['runs', [job('RUNNING')]],
      ['over', [job('COMPLETED')]],
    ]);
    expect(tokensForAccounting(asked, queue)).toEqual(['over', 'gone', 'unconfirmed']);
  });
});

describe('jobs that nobody asked about', () => {
  it('are strays while they live, unless they are known otherwise', () => {
    const queue = new Map([
      ['late', [job('PENDING', { jobId: '20' })]],
      ['just-made', [job('PENDING', { jobId: '21' })]],
      ['over', [job('CANCELLED', { jobId: '22' })]],
      ['strange', [job('HIBERNATING', { jobId: '23' })]],
    ]);
    expect(strayJobs(queue, (token) => token === 'just-made')).toEqual(['20']);
  });
});
