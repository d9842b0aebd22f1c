import { expect, test } from 'vitest';
import { describeOnSlurm, SlurmStage, stepsProgram } from './slurm-stage.ts';
import { all, attemptsOf, faults, hasEnded, isExecuting, readTrace, untilNodes, untilRuns } from './run-answers.ts';

describeOnSlurm('A node that is preempted by a higher partition', () => {
  test.each(['CANCEL', 'REQUEUE'] as const)(
    'with %s lets runs save that can; all go on later, and none has failed or used a retry',
    async (preemptMode) => {
      const partitions = [
        { name: 'low', priorityTier: 1, preemptMode, graceSeconds: 20 },
        { name: 'high', priorityTier: 100 },
      ];
      await using stage = await SlurmStage.open({
        partitions,
        cluster: { num_slots: 2 },
        runs: { a: { cmd: [stepsProgram, 250] }, b: { cmd: [stepsProgram, 250, 'deaf'], checkpoint: 'none' } },
      });
      await using manager = await stage.startManager();
      await untilRuns(manager, all(isExecuting));
      const preempting = await stage.slurm.submit(
        [`--partition=${stage.lease.partition('high')}`, '--exclusive', '--output=/dev/null'],
        'sleep 5',
      );
      const ended = await untilRuns(manager, all(hasEnded), 200_000);
      expect(ended, JSON.stringify(ended.map(({ detail }) => detail))).toMatchObject(ended.map(() => ({ status: 'finished', attempt: 2 })));
      for (const run of ended) {
        const [first] = await attemptsOf(manager, run.id);
        const saved = { kind: 'exit', exitCode: 85 };
        const died = { kind: 'signal', signal: 'SIGTERM' };
        expect(first?.outcome).toMatchObject({ ...(run.id === 'e@a' ? saved : died), stopCause: 'preempted' });
        expect(await manager.json(`/api/v1/runs/${encodeURIComponent(run.id)}`)).toMatchObject({ retriesUsed: 0, crashes: 0 });
        expect(faults(readTrace(stage.folder, run.id.split('@')[1] ?? ''))).toEqual([]);
      }
      expect((await stage.slurm.accountedJobs([preempting])).map(({ state }) => state)).toEqual(['COMPLETED']);
      await untilNodes(manager, (nodes) => nodes.length === 0);
    },
  );
});
