import { describe, expect, it } from 'vitest';
import { checkSlurmCluster } from '../index.ts';
import { RecordedSlurm } from '../../test/recorded-slurm.ts';
import { slurmDefinition } from '../../test/slurm-definition.ts';

const partition = 'PartitionName=batch Default=YES MaxTime=01:00:00 State=UP TotalCPUs=32 TotalNodes=8\n';

async function findings(slurm: RecordedSlurm, definition = slurmDefinition()): Promise<readonly string[]> {
  return (await checkSlurmCluster(definition, slurm.env)).map(({ severity, code }) => `${severity} ${code}`);
}

describe('the doctor', () => {
  it('finds all well, and names where and when a job would start', async () => {
    using slurm = new RecordedSlurm();
    slurm.answer('scontrol', { stdout: partition });
    slurm.answer('sacctmgr', { stdout: 'budget1||normal\n' });
    slurm.answer('sbatch', { stderr: 'sbatch: Job 4 to start at 2026-11-21T04:00:00 using 4 processors on nodes n1 in partition batch\n' });
    const found = await checkSlurmCluster(slurmDefinition({ account: 'budget1' }), slurm.env);
    expect(found.map(({ severity, code }) => `${severity} ${code}`)).toEqual([
      'ok controller',
      'ok partition',
      'ok walltime',
      'ok account',
      'ok test-submission',
    ]);
    expect(found.at(-1)?.message).toBe('Job 4 to start at 2026-11-21T04:00:00 using 4 processors on nodes n1 in partition batch');
    expect(slurm.calls('sbatch')).toHaveLength(1);
    expect(slurm.calls('sbatch')[0]).toMatch(/^--test-only /);
  });

  it("names an account that is not the person's, directives that cannot be used, and what sbatch refuses", async () => {
    using slurm = new RecordedSlurm();
    slurm.answer('scontrol', { stdout: partition });
    slurm.answer('sacctmgr', { stdout: 'budget1||normal\nbudget2||normal\n' });
    slurm.answer('sbatch', { status: 1, stderr: 'allocation failure: Invalid account or account/partition combination specified\n' });
    const definition = slurmDefinition({ account: 'nosuch', directives: ['--array=1-2'] });
    expect(await findings(slurm, definition)).toEqual([
      'ok controller',
      'ok partition',
      'ok walltime',
      'error account',
      'error directives',
      'error test-submission',
    ]);
  });

  it('says nothing about accounts where a site shows none', async () => {
    using slurm = new RecordedSlurm();
    slurm.answer('scontrol', { stdout: partition });
    expect(await findings(slurm, slurmDefinition({ account: 'any' }))).toEqual([
      'ok controller',
      'ok partition',
      'ok walltime',
      'ok test-submission',
    ]);
  });

  it('stops where nothing else can be asked', async () => {
    using slurm = new RecordedSlurm();
    slurm.answer('scontrol', { status: 1, stdout: 'Slurmctld(primary) at login1 is DOWN\n' });
    expect(await findings(slurm)).toEqual(['error controller']);
    expect((await checkSlurmCluster(slurmDefinition(), { PATH: '/nowhere' })).map(({ code }) => code)).toEqual(['programs']);
  });
});
