import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { waitUntil } from '../../packages/testkit/src/index.ts';
import { describeOnSlurm, SlurmStage, stepsProgram } from './slurm-stage.ts';
import { all, faults, hasEnded, history, isExecuting, readTrace, untilNodes, untilRuns } from './run-answers.ts';

/** All nodes of the test cluster: whoever hurts its controller must be alone with it. */
const allNodes = 8;

describeOnSlurm('While the controller of Slurm', () => {
  test('is frozen, a submission that times out is neither lost nor repeated: after the thaw one allocation serves it', async () => {
    await using stage = await SlurmStage.open({
      nodeCount: allNodes,
      cluster: { max_jobs: 4 },
      runs: { a: { cmd: [stepsProgram, 20] } },
      autostart: false,
    });
    await using manager = await stage.startManager();
    await stage.slurm.freezeController();
    try {
      expect((await manager.request('/experiment/e/resume_runs', { method: 'PUT', body: JSON.stringify(['a']) })).status).toBe(200);
      await waitUntil(
        'the submission is in doubt',
        120_000,
        () => stage.folder.read('logs/juqueue.log').includes('is not known') || undefined,
      );
    } finally {
      await stage.slurm.thawController();
    }
    expect(await untilRuns(manager, all(hasEnded), 120_000)).toMatchObject([{ status: 'finished', attempt: 1 }]);
    await untilNodes(manager, (nodes) => nodes.length === 0);
    expect((await stage.accountedJobs()).length).toBe(1);
    expect((await history(manager)).filter((sentence) => / requested of hpc$/.test(sentence)).length).toBe(1);
  });

  test('is down for a minute, runs go on, nothing is lost, nothing is resubmitted, and the outage is shown', async () => {
    await using stage = await SlurmStage.open({
      nodeCount: allNodes,
      partitions: [],
      cluster: { num_slots: 2, max_jobs: 4 },
      runs: { a: { cmd: [stepsProgram, 200] }, b: { cmd: [stepsProgram, 500] } },
    });
    await using manager = await stage.startManager();
    await untilRuns(manager, all(isExecuting));
    const before = await untilNodes(manager, (nodes) => nodes.every(({ allocationStatus }) => allocationStatus === 'running'));
    // The controller writes its state down every few seconds only.
    await sleep(6_000);
    await stage.slurm.killController();
    try {
      await manager.until<{ notices: readonly string[] }>('/api/v1/overview', ({ notices }) =>
        notices.some((notice) => notice.includes('hpc does not answer')),
      );
      await untilRuns(manager, (runs) => runs.some(hasEnded), 90_000);
      await sleep(20_000);
      expect((await untilNodes(manager, () => true)).map(({ id, jobId }) => [id, jobId])).toEqual(
        before.map(({ id, jobId }) => [id, jobId]),
      );
    } finally {
      await stage.slurm.startController();
    }
    await manager.until<{ notices: readonly string[] }>('/api/v1/overview', ({ notices }) => notices.length === 0, 60_000);
    expect((await untilRuns(manager, all(hasEnded), 120_000)).map(({ status, attempt }) => [status, attempt])).toEqual([
      ['finished', 1],
      ['finished', 1],
    ]);
    for (const run of ['a', 'b']) expect(faults(readTrace(stage.folder, run))).toEqual([]);
    await untilNodes(manager, (nodes) => nodes.length === 0);
    expect((await stage.accountedJobs()).map(({ jobId }) => String(jobId))).toEqual(before.map(({ jobId }) => jobId));
  });
});
