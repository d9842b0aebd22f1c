import { expect, test } from 'vitest';
import { describeOnSlurm, SlurmStage, stepsProgram } from './slurm-stage.ts';
import { all, attemptsOf, faults, hasEnded, readTrace, untilNodes, untilRuns } from './run-answers.ts';

/** Three minutes of work. */
const steps = 900;

describeOnSlurm('On a walltime of one minute', () => {
  test('runs of three minutes that checkpoint on a signal finish over several allocations, without retries and without repeating saved work', async () => {
    await using stage = await SlurmStage.open({
      cluster: { walltime: '1m', num_slots: 2 },
      runs: { a: { cmd: [stepsProgram, steps] }, b: { cmd: [stepsProgram, steps] } },
    });
    await using manager = await stage.startManager();
    const ended = await untilRuns(manager, all(hasEnded), 600_000);
    expect(ended.map(({ status, detail }) => [status, detail])).toEqual(Array(2).fill(['finished', expect.anything()]));
    for (const run of ended) {
      const attempts = await attemptsOf(manager, run.id);
      expect(attempts.length).toBe(run.attempt);
      expect(attempts.length).toBeGreaterThanOrEqual(4);
      expect(attempts.map(({ outcome }) => outcome?.stopCause)).toEqual([...Array(attempts.length - 1).fill('walltime'), null]);
      expect(await manager.json(`/api/v1/runs/${encodeURIComponent(run.id)}`)).toMatchObject({ retriesUsed: 0 });
      const trace = readTrace(stage.folder, run.id.split('@')[1] ?? '');
      expect(faults(trace)).toEqual([]);
      // The step at which a run was interrupted is begun again; whatever was done before is not.
      const repeated = trace.filter((step, at) => at > 0 && Number(step.step) < Number(trace[at - 1]?.step));
      expect(repeated).toEqual([]);
    }
    await untilNodes(manager, (nodes) => nodes.length === 0);
    const jobs = await stage.accountedJobs();
    process.stdout.write(
      `two runs of 180 s on walltimes of 60 s: ${ended[0]?.attempt} and ${ended[1]?.attempt} attempts on ${jobs.length} allocations\n`,
    );
    expect(jobs.map(({ state }) => state)).toEqual(jobs.map(() => 'COMPLETED'));
  });

  test('a run that cannot save ends as failed for want of progress, and says what it cost', async () => {
    await using stage = await SlurmStage.open({
      cluster: { walltime: '1m' },
      runs: { deaf: { cmd: [stepsProgram, steps, 'deaf'], checkpoint: 'none' } },
    });
    await using manager = await stage.startManager();
    const [run] = await untilRuns(manager, all(hasEnded), 200_000);
    expect(run).toMatchObject({ status: 'failed', reason: 'no-progress', attempt: 1 });
    expect(run?.detail).toMatch(/^it needs more than [\d.]+ s and cannot resume; [\d.]+ s were lost$/);
    await untilNodes(manager, (nodes) => nodes.length === 0);
    expect((await stage.accountedJobs()).length).toBe(1);
  });
});
