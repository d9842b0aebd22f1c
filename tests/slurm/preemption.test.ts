import { expect, test } from 'vitest';
import { describeOnSlurm, SlurmStage, stepsProgram } from './slurm-stage.ts';
import { all, attemptsOf, faults, hasEnded, isExecuting, readTrace, untilNodes, untilRuns } from './run-answers.ts';

describeOnSlurm('A node that is preempted by a higher partition', () => {
  test.each(['CANCEL', 'REQUEUE'] as const)('with %s lets its runs save; they go on elsewhere or later, without a retry', async (preemptMode) => {
    const partitions = [
      { name: 'low', priorityTier: 1, preemptMode, graceSeconds: 20 },
      { name: 'high', priorityTier: 100 },
    ];
    await using stage = await SlurmStage.open({ partitions, cluster: { num_slots: 2 }, runs: { a: { cmd: [stepsProgram, 100] }, b: { cmd: [stepsProgram, 100] } } });
    await using manager = await stage.startManager();
    await untilRuns(manager, all(isExecuting));
    const preempting = await stage.slurm.submit([`--partition=${stage.lease.partition('high')}`, '--exclusive', '--output=/dev/null'], 'sleep 5');
    const ended = await untilRuns(manager, all(hasEnded), 200_000);
    expect(ended.map(({ status, attempt }) => [status, attempt])).toEqual([['finished', 2], ['finished', 2]]);
    for (const run of ended) {
      const [first] = await attemptsOf(manager, run.id);
      expect(first?.outcome).toMatchObject({ kind: 'exit', exitCode: 85, stopCause: 'preempted' });
      expect(await manager.json(`/api/v1/runs/${encodeURIComponent(run.id)}`)).toMatchObject({ retriesUsed: 0, crashes: 0 });
      expect(faults(readTrace(stage.folder, run.id.split('@')[1] ?? ''))).toEqual([]);
    }
    expect((await stage.slurm.accountedJobs([preempting])).map(({ state }) => state)).toEqual(['COMPLETED']);
    await untilNodes(manager, (nodes) => nodes.length === 0);
  });
});
