import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeOnSlurm, SlurmStage } from './slurm-stage.ts';
import { all, hasEnded, untilNodes, untilRuns } from './run-answers.ts';

/** What the run saw, one variable per line. */
const printEnvironment = { cmd: ['env'] };

describeOnSlurm('A manager in strange surroundings', () => {
  test('works within a job as without, and its runs see nothing of that job', async () => {
    await using stage = await SlurmStage.open({ runs: { seen: printEnvironment } });
    const enclosing = {
      SQUEUE_NAMES: 'x',
      SBATCH_WAIT: '1',
      SLURM_JOB_ID: '1',
      SLURM_NTASKS: '9',
      SBATCH_PARTITION: 'down',
      SCANCEL_STATE: 'x',
      SACCT_FORMAT: 'x',
      WANDB_MODE: 'offline',
    };
    await using manager = await stage.startManager(enclosing);
    expect(await untilRuns(manager, all(hasEnded), 100_000)).toMatchObject([{ status: 'finished', attempt: 1 }]);
    await untilNodes(manager, (nodes) => nodes.length === 0);
    const [job, ...others] = await stage.jobs();
    expect([job?.state, others]).toEqual(['COMPLETED', []]);
    const seen = stage.folder.read('e/seen/logs/stdout.log');
    expect(seen).toContain(`\nSLURM_JOB_ID=${job?.jobId}\n`);
    expect(seen).toContain('\nWANDB_MODE=offline\n');
    expect(seen).not.toMatch(/^(SLURM_NTASKS|SBATCH_|SQUEUE_|SCANCEL_|SACCT_|SLURM_(?!JOB_ID=|CONF=))/m);
  });

  test('serves an ordinary user as it serves root', async () => {
    await using stage = await SlurmStage.open({ runs: { seen: printEnvironment }, user: 'unprivileged' });
    await using manager = await stage.startManager();
    expect(await untilRuns(manager, all(hasEnded), 100_000)).toMatchObject([{ status: 'finished', attempt: 1 }]);
    await untilNodes(manager, (nodes) => nodes.length === 0);
    expect(readFileSync(join(stage.folder.workDir, 'e/seen/logs/stdout.log'), 'utf8')).toContain(
      `\nUSER=${stage.slurm.unprivilegedUser?.name}\n`,
    );
  });
});
