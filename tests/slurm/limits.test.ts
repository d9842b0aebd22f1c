import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { TestManager } from '../../packages/testkit/src/index.ts';
import { twoJobsAccount } from '../../packages/testkit/src/index.ts';
import { describeOnSlurm, SlurmStage, stepsProgram } from './slurm-stage.ts';
import { all, faults, hasEnded, history, isExecuting, readTrace, untilNodes, untilRuns } from './run-answers.ts';

interface ClustersAnswer {
  readonly clusters: readonly { readonly heldBecause: string | null }[];
}

const oneRun = { a: { cmd: [stepsProgram, 10] } };
/** A cluster that asked again after a refusal would have done so by then. */
const noRetryMs = 15_000;

const refusals = async (manager: TestManager): Promise<number> =>
  (await history(manager)).filter((sentence) => sentence.includes(' refused: ')).length;

/** The cluster is stopped with a sentence, having asked once; no job was made. */
async function expectStopped(stage: SlurmStage, manager: TestManager, because: RegExp): Promise<void> {
  const { clusters } = await manager.until<ClustersAnswer>('/api/v1/clusters', ({ clusters }) =>
    clusters.some(({ heldBecause }) => heldBecause !== null),
  );
  expect(clusters[0]?.heldBecause).toMatch(because);
  await sleep(noRetryMs);
  expect(await refusals(manager)).toBe(1);
  expect(await stage.jobs()).toEqual([]);
  expect(await untilRuns(manager, () => true)).toMatchObject([{ status: 'ready', attempt: 0 }]);
}

describeOnSlurm('Where Slurm sets limits,', () => {
  test('two jobs at a time are enough for four runs: the demand is held back, nothing fails', async () => {
    const ids = ['a', 'b', 'c', 'd'];
    await using stage = await SlurmStage.open({
      nodeCount: 3,
      cluster: { account: twoJobsAccount, max_jobs: 4 },
      runs: Object.fromEntries(ids.map((id) => [id, { cmd: [stepsProgram, 100] }])),
    });
    await using manager = await stage.startManager();
    await untilRuns(manager, (runs) => runs.filter(isExecuting).length === 2);
    const { clusters } = await manager.until<ClustersAnswer>('/api/v1/clusters', ({ clusters }) =>
      clusters.some(({ heldBecause }) => heldBecause !== null),
    );
    expect(clusters[0]?.heldBecause).toMatch(/AssocMaxSubmitJobLimit|limit/i);
    expect((await stage.liveJobs()).length).toBe(2);
    expect((await untilRuns(manager, all(hasEnded), 200_000)).map(({ status, attempt }) => [status, attempt])).toEqual(
      Array(4).fill(['finished', 1]),
    );
    for (const id of ids) expect(faults(readTrace(stage.folder, id))).toEqual([]);
    await untilNodes(manager, (nodes) => nodes.length === 0);
  });

  test('an account that does not exist stops the cluster with a sentence and without retries', async () => {
    await using stage = await SlurmStage.open({ cluster: { account: 'nosuch' }, runs: oneRun });
    await using manager = await stage.startManager();
    await expectStopped(stage, manager, /invalid account/i);
  });

  test('a walltime over the limit of the partition stops the cluster before anything is submitted', async () => {
    await using stage = await SlurmStage.open({
      partitions: [{ name: 'brief', maxTimeMinutes: 1 }],
      cluster: { walltime: '10m' },
      runs: oneRun,
    });
    await using manager = await stage.startManager();
    await expectStopped(stage, manager, /time/i);
  });

  test('a stopped cluster goes on when its definition is corrected', async () => {
    await using stage = await SlurmStage.open({ cluster: { account: 'nosuch' }, runs: oneRun });
    await using manager = await stage.startManager();
    await manager.until<ClustersAnswer>('/api/v1/clusters', ({ clusters }) => clusters.some(({ heldBecause }) => heldBecause !== null));
    stage.defineCluster({ account: 'open' });
    expect(await untilRuns(manager, all(hasEnded), 100_000)).toMatchObject([{ status: 'finished', attempt: 1 }]);
  });

  test('allocations wait out a maintenance reservation, and say so', async () => {
    await using stage = await SlurmStage.open({ runs: oneRun });
    const reservation = `maintenance-${stage.lease.nodes.join('-')}`;
    const scontrol = (...args: readonly string[]) => stage.slurm.exec('scontrol', args);
    expect(
      await scontrol(
        'create',
        'reservation',
        `ReservationName=${reservation}`,
        'StartTime=now',
        'Duration=60',
        `Users=${stage.slurm.unprivilegedUser?.name}`,
        `Nodes=${stage.lease.nodeNames.join(',')}`,
        'Flags=MAINT,IGNORE_JOBS',
      ),
    ).toMatchObject({ status: 0 });
    try {
      await using manager = await stage.startManager();
      const [waiting] = await untilNodes(manager, (nodes) => nodes.some(({ waitingFor }) => /Reserv/i.test(waitingFor ?? '')));
      expect(waiting?.waitingFor).toMatch(/Reserv/i);
      expect(await scontrol('delete', `ReservationName=${reservation}`)).toMatchObject({ status: 0 });
      expect(await untilRuns(manager, all(hasEnded), 100_000)).toMatchObject([{ status: 'finished', attempt: 1 }]);
      await untilNodes(manager, (nodes) => nodes.length === 0);
    } finally {
      await scontrol('delete', `ReservationName=${reservation}`);
    }
  });
});
