import { expect, test } from 'vitest';
import { billedSeconds, recordedAllocations } from './billed-allocations.ts';
import { describeOnSlurm, SlurmStage, stepsProgram } from './slurm-stage.ts';
import { all, faults, isExecuting, isFinished, readTrace, untilNodes, untilRuns } from './run-answers.ts';

describeOnSlurm('Nodes of Slurm', () => {
  test('sixteen runs and four slots per node take exactly four allocations, which go as soon as they are idle, and the bill is what sacct says', async () => {
    const runs = Object.fromEntries(Array.from({ length: 16 }, (_, n) => [`r${n}`, { cmd: [stepsProgram, 75] }]));
    await using stage = await SlurmStage.open({ nodeCount: 4, cluster: { num_slots: 4, max_jobs: 8 }, runs });
    const manager = await stage.startManager();
    await untilRuns(manager, all(isExecuting));
    const nodes = await untilNodes(manager, () => true);
    expect(nodes.map(({ occupants }) => occupants.filter((run) => run !== null).length)).toEqual([4, 4, 4, 4]);
    await untilRuns(manager, all(isFinished));
    const finishedMs = Date.now();
    await untilNodes(manager, (left) => left.length === 0);
    const releasedMs = Date.now() - finishedMs;
    expect(await stage.liveJobs()).toEqual([]);
    const jobs = await stage.jobs();
    expect(jobs.map(({ state }) => state)).toEqual(['COMPLETED', 'COMPLETED', 'COMPLETED', 'COMPLETED']);
    expect(releasedMs).toBeLessThan(3_000 + 5_000 + 3_000);

    await manager.end();
    const executions = (await Promise.all(jobs.map(({ jobId }) => stage.slurm.waitForAccountedEnd(jobId)))).flat();
    const accounted = new Map(executions.map(({ jobId, elapsedSeconds }) => [jobId, elapsedSeconds]));
    const allocations = await recordedAllocations(stage.folder);
    expect(billedSeconds(allocations)).toEqual(accounted);
    expect(allocations.map(({ isConfirmed }) => isConfirmed)).toEqual([true, true, true, true]);
    for (const run of Object.keys(runs)) expect(faults(readTrace(stage.folder, run))).toEqual([]);
    const sum = [...accounted.values()].reduce((total, seconds) => total + seconds, 0);
    process.stdout.write(`16 runs of 15 s on 4 nodes: ${sum} node-seconds billed, nodes gone ${releasedMs} ms after the last end\n`);
  });

  test('runs that are cancelled while allocations are pending let these leave the queue within 10 s, billed nothing', async () => {
    await using stage = await SlurmStage.open({
      nodeCount: 1,
      partitions: [{ name: 'down', state: 'DOWN' }],
      cluster: { max_jobs: 4 },
      runs: { a: { cmd: [stepsProgram, 5] }, b: { cmd: [stepsProgram, 5] } },
    });
    const manager = await stage.startManager();
    const pending = await untilNodes(manager, (nodes) => nodes.length === 2 && nodes.every(({ waitingFor }) => waitingFor !== null));
    expect(pending.map(({ waitingFor }) => waitingFor)).toEqual(Array(2).fill(expect.stringContaining('PartitionDown')));
    expect((await stage.liveJobs()).length).toBe(2);
    const beganMs = Date.now();
    const answer = await manager.request('/experiment/e/cancel_runs', {
      method: 'PUT',
      body: JSON.stringify({ run_ids: ['a', 'b'], force: false }),
    });
    expect(answer.status).toBe(200);
    while ((await stage.liveJobs()).length > 0) expect(Date.now() - beganMs).toBeLessThan(10_000);
    await untilNodes(manager, (nodes) => nodes.length === 0, 10_000);
    process.stdout.write(`pending allocations left the queue ${Date.now() - beganMs} ms after the cancel\n`);
    await manager.end();
    const allocations = await recordedAllocations(stage.folder);
    expect([...billedSeconds(allocations).values()]).toEqual([0, 0]);
    const executions = (await Promise.all(allocations.map(({ jobId }) => stage.slurm.waitForAccountedEnd(Number(jobId))))).flat();
    expect(executions.map(({ elapsedSeconds }) => elapsedSeconds)).toEqual([0, 0]);
  });
});
