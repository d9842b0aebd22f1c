import { expect, test } from 'vitest';
import type { Accounting, SiteAccount } from '../../packages/client/src/index.ts';
import { juqueue } from '../../packages/cli/test/command-line.ts';
import { all, isFinished, untilNodes, untilRuns } from './run-answers.ts';
import { describeOnSlurm, SlurmStage, stepsProgram } from './slurm-stage.ts';

describeOnSlurm('The report', () => {
  test('states for every job what sacct states, to the second, says where it went, and that sacct agrees; the doctor finds the cluster well', async () => {
    const runs = Object.fromEntries(Array.from({ length: 4 }, (_, n) => [`r${n}`, { cmd: [stepsProgram, 40] }]));
    await using stage = await SlurmStage.open({ nodeCount: 2, cluster: { num_slots: 2 }, runs });
    const ask = (...args: readonly string[]) => juqueue([...args, '--work-dir', stage.folder.workDir], { env: stage.slurm.env });
    const { findings } = JSON.parse((await ask('doctor', stage.folder.defDir, '--json')).out) as {
      findings: readonly { about: string; severity: string; code: string; message: string }[];
    };
    const ofCluster = findings.filter(({ about }) => about === 'cluster hpc');
    expect(ofCluster.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(ofCluster.map(({ code }) => code)).toEqual(expect.arrayContaining(['controller', 'partition', 'walltime', 'test-submission']));

    await using manager = await stage.startManager();
    await untilRuns(manager, all(isFinished));
    await untilNodes(manager, (nodes) => nodes.length === 0);
    await manager.until<Accounting>('/api/v1/accounting', ({ total }) => total.provisionalNodeSeconds === 0, 60_000);
    const report = JSON.parse((await ask('report', '--json')).out) as Accounting;
    const billed = new Map(report.allocations.map(({ jobId, billedNodeSeconds }) => [Number(jobId), billedNodeSeconds]));
    const executions = (await Promise.all([...billed.keys()].map((jobId) => stage.slurm.waitForAccountedEnd(jobId)))).flat();
    expect(billed).toEqual(new Map(executions.map(({ jobId, elapsedSeconds }) => [jobId, elapsedSeconds])));
    expect(report.total.billedNodeSeconds).toBe(executions.reduce((sum, { elapsedSeconds }) => sum + elapsedSeconds, 0));
    const { partsSlotMs, billedSlotMs, efficiency } = report.total;
    expect(Object.values(partsSlotMs).reduce((sum, part) => sum + part, 0)).toBe(billedSlotMs);
    expect(partsSlotMs).toMatchObject({ open: 0, redone: 0, failed: 0 });
    expect(partsSlotMs.useful).toBeGreaterThanOrEqual(4 * 7_000);
    const { clusters } = JSON.parse((await ask('report', '--site', '--json')).out) as SiteAccount;
    expect(clusters).toMatchObject([
      {
        cluster: 'hpc',
        sacct: {
          jobs: billed.size,
          ourSeconds: report.total.billedNodeSeconds,
          slurmSeconds: report.total.billedNodeSeconds,
          differences: [],
        },
        sacctTrouble: null,
      },
    ]);
    expect(clusters[0]?.quotas).toMatchObject([
      { program: 'sshare', trouble: null, columns: ['Account', 'User', 'RawUsage', 'GrpTRESMins', 'GrpTRESRaw'] },
      { program: 'jutil', trouble: 'this site has no jutil' },
    ]);
    process.stdout.write(
      `${report.total.billedNodeSeconds} node-seconds on ${billed.size} jobs, efficiency ${efficiency}\n${(await ask('report', '--allocations')).out}`,
    );
  });
});
