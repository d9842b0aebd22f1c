import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeOnSlurm, SlurmStage, stepsProgram } from './slurm-stage.ts';
import { all, attemptsOf, faults, hasEnded, isExecuting, isFinished, readTrace, untilNodes, untilRuns } from './run-answers.ts';
import { waitUntil } from '../../packages/testkit/src/index.ts';

describeOnSlurm('Consolidation', () => {
  test('when each of four nodes keeps one run that checkpoints, one node holds all four within 30 s, and three allocations end', async () => {
    const runs = Object.fromEntries(Array.from({ length: 16 }, (_, n) => [`r${n}`, { cmd: [stepsProgram, 400] }]));
    await using stage = await SlurmStage.open({ nodeCount: 4, cluster: { num_slots: 4, max_jobs: 4, idle_timeout: '30s' }, runs });
    await using manager = await stage.startManager();
    await untilRuns(manager, all(isExecuting), 100_000);
    const nodes = await untilNodes(manager, (found) => found.length === 4);
    const kept = nodes.flatMap(({ occupants }) => occupants[0] ?? []);
    const ending = Object.keys(runs)
      .map((run) => `e@${run}`)
      .filter((run) => !kept.includes(run));
    expect([kept.length, ending.length]).toEqual([4, 12]);
    for (const run of ending) writeFileSync(join(stage.folder.workDir, 'e', run.slice(2), 'finish'), '');
    await untilRuns(manager, (found) => found.filter(isFinished).length === 12);
    const lastEndMs = Date.now();

    await untilNodes(
      manager,
      (found) => found.some(({ occupants }) => occupants.filter((run) => run !== null && kept.includes(run)).length === 4),
      30_000,
    );
    const togetherMs = Date.now() - lastEndMs;
    await waitUntil('three of the jobs have ended', 30_000 - togetherMs, async () =>
      (await stage.liveJobs()).length === 1 ? true : undefined,
    );
    const releasedMs = Date.now() - lastEndMs;
    expect((await stage.liveJobs()).length).toBe(1);

    const ended = await untilRuns(manager, all(hasEnded), 200_000);
    const moved: string[] = [];
    for (const { id, status } of ended.filter(({ id }) => kept.includes(id))) {
      expect(status).toBe('finished');
      const attempts = await attemptsOf(manager, id);
      const trace = readTrace(stage.folder, id.slice(2));
      expect(faults(trace)).toEqual([]);
      expect(await manager.json(`/api/v1/runs/${encodeURIComponent(id)}`)).toMatchObject({ retriesUsed: 0, crashes: 0 });
      if (attempts.length === 1) continue;
      moved.push(id);
      expect(attempts.map(({ outcome }) => outcome?.stopCause)).toEqual(['consolidation', null]);
      const resumed = trace.find(({ attempt }) => attempt === 2);
      const before = trace.filter(({ attempt }) => attempt === 1).at(-1);
      expect(Number(resumed?.step)).toBeGreaterThanOrEqual(Number(before?.step));
    }
    expect(moved.length).toBe(3);
    await untilNodes(manager, (found) => found.length === 0);
    expect((await stage.accountedJobs()).map(({ state }) => state)).toEqual(Array(4).fill('COMPLETED'));
    process.stdout.write(
      `four nodes of one run each became one after ${(togetherMs / 1000).toFixed(1)} s, three allocations had ended after ${(releasedMs / 1000).toFixed(1)} s\n`,
    );
  });
});
