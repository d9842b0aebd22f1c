import { setTimeout as sleep } from 'node:timers/promises';
import type { TestManager } from '../../packages/testkit/src/index.ts';
import { expect, test } from 'vitest';
import { describeOnSlurm, SlurmStage, stepsProgram } from './slurm-stage.ts';
import { all, faults, hasEnded, isExecuting, readTrace, untilNodes, untilRuns } from './run-answers.ts';

const runs = { a: { cmd: [stepsProgram, 150] }, b: { cmd: [stepsProgram, 150] } };
/** The lease of a node that nobody hears of, with all margins, and what the runs still need then. */
const leaseAndRunsMs = 240_000;

async function onBusyNode(options: {
  readonly nodeCount: number;
}): Promise<{ readonly stage: SlurmStage; readonly manager: TestManager; readonly host: string; readonly jobId: string }> {
  const stage = await SlurmStage.open({ ...options, cluster: { num_slots: 2, max_jobs: options.nodeCount }, runs });
  const manager = await stage.startManager();
  await untilRuns(manager, all(isExecuting));
  const [node] = await untilNodes(manager, (nodes) => nodes.length === 1);
  await sleep(2_000);
  return { stage, manager, host: node?.host ?? '', jobId: node?.jobId ?? '' };
}

async function expectEndedOnce(stage: SlurmStage, manager: TestManager, attempt: number): Promise<void> {
  const ended = await untilRuns(manager, all(hasEnded), leaseAndRunsMs);
  expect(ended, JSON.stringify(ended.map(({ detail }) => detail))).toMatchObject(ended.map(() => ({ status: 'finished', attempt })));
  for (const run of Object.keys(runs)) expect(faults(readTrace(stage.folder, run))).toEqual([]);
  await untilNodes(manager, (nodes) => nodes.length === 0);
  expect(await stage.liveJobs()).toEqual([]);
}

describeOnSlurm('Runs are finished exactly once, and no two attempts live at the same time,', () => {
  test('when their node loses its power', async () => {
    const { stage, manager, host } = await onBusyNode({ nodeCount: 2 });
    await using _stage = stage;
    await using _manager = manager;
    const diedMs = Date.now();
    await stage.slurm.killNode(host);
    await expectEndedOnce(stage, manager, 2);
    const restartedMs = (readTrace(stage.folder, 'a').find(({ attempt }) => attempt === 2)?.atSeconds ?? 0) * 1000;
    process.stdout.write(`runs of a node without power executed again after ${Math.round((restartedMs - diedMs) / 1000)} s\n`);
  });

  test('when slurmd dies and their job lives on, although Slurm calls the node dead', async () => {
    const { stage, manager, host, jobId } = await onBusyNode({ nodeCount: 1 });
    await using _stage = stage;
    await using _manager = manager;
    await stage.slurm.killSlurmd(host);
    await expectEndedOnce(stage, manager, 1);
    expect((await stage.jobs()).map((job) => [String(job.jobId), job.state])).toEqual([
      [jobId, expect.stringMatching(/NODE_FAIL|RUNNING|COMPLETING/)],
    ]);
  });

  test('when their job is requeued', async () => {
    const { stage, manager, jobId } = await onBusyNode({ nodeCount: 2 });
    await using _stage = stage;
    await using _manager = manager;
    await stage.slurm.exec('scontrol', ['update', `JobId=${jobId}`, 'Requeue=1']);
    expect(await stage.slurm.exec('scontrol', ['requeue', jobId])).toMatchObject({ status: 0 });
    await expectEndedOnce(stage, manager, 2);
  });

  test('when an administrator sets their node down', async () => {
    const { stage, manager, host } = await onBusyNode({ nodeCount: 2 });
    await using _stage = stage;
    await using _manager = manager;
    await stage.slurm.downNode(host);
    await expectEndedOnce(stage, manager, 2);
  });
});
