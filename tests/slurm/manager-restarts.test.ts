import { expect, test } from 'vitest';
import { describeOnSlurm, SlurmStage, stepsProgram } from './slurm-stage.ts';
import { all, faults, hasEnded, isExecuting, pidsOf, readTrace, untilNodes, untilRuns } from './run-answers.ts';

describeOnSlurm('A manager of Slurm nodes', () => {
  test('that is killed and started again finds the same jobs and the same processes, and adopts the pending allocations too', async () => {
    const runs = Object.fromEntries(['a', 'b', 'c', 'd'].map((id) => [id, { cmd: [stepsProgram, 250] }]));
    await using stage = await SlurmStage.open({ nodeCount: 2, cluster: { max_jobs: 4 }, runs });
    const first = await stage.startManager();
    const before = await untilNodes(
      first,
      (nodes) =>
        nodes.length === 4 &&
        nodes.every(({ jobId }) => jobId !== null) &&
        nodes.filter(({ nodeStatus }) => nodeStatus === 'connected').length === 2,
    );
    const executing = (await untilRuns(first, (found) => found.filter(isExecuting).length === 2)).filter(isExecuting);
    const pids = await pidsOf(first, executing);
    expect([...pids.values()].every((pid) => pid !== null)).toBe(true);
    await first.end('SIGKILL');

    await using second = await stage.startManager();
    const after = await untilNodes(
      second,
      (nodes) => nodes.length === 4 && nodes.filter(({ nodeStatus }) => nodeStatus === 'connected').length === 2,
    );
    expect(after.map(({ id, jobId }) => [id, jobId])).toEqual(before.map(({ id, jobId }) => [id, jobId]));
    expect((await stage.liveJobs()).map(({ jobId }) => String(jobId)).sort()).toEqual(before.map(({ jobId }) => jobId).sort());
    expect(await pidsOf(second, executing)).toEqual(pids);

    const ended = await untilRuns(second, all(hasEnded), 200_000);
    expect(ended.map(({ status, attempt }) => [status, attempt])).toEqual(Array(4).fill(['finished', 1]));
    for (const run of Object.keys(runs)) expect(faults(readTrace(stage.folder, run))).toEqual([]);
    await untilNodes(second, (nodes) => nodes.length === 0);
    expect((await stage.accountedJobs()).length).toBe(4);
  });

  test('that was killed before it heard of its submissions submits nothing twice', async () => {
    await using stage = await SlurmStage.open({ nodeCount: 2, runs: { a: { cmd: [stepsProgram, 60] }, b: { cmd: [stepsProgram, 60] } } });
    const first = await stage.startManager();
    await untilNodes(first, (nodes) => nodes.length === 2);
    await first.end('SIGKILL');
    await using second = await stage.startManager();
    const ended = await untilRuns(second, all(hasEnded), 200_000);
    expect(ended.map(({ status, attempt }) => [status, attempt])).toEqual(Array(2).fill(['finished', 1]));
    await untilNodes(second, (nodes) => nodes.length === 0);
    // One of the two may never have been submitted, and then not be needed any more.
    const names = (await stage.accountedJobs()).map(({ name }) => name);
    expect(names.length).toBeLessThanOrEqual(2);
    expect(new Set(names).size).toBe(names.length);
  });
});
