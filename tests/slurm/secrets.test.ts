import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { all, isExecuting, untilRuns } from './run-answers.ts';
import { describeOnSlurm, SlurmStage } from './slurm-stage.ts';

describeOnSlurm('What Slurm and everybody on its hosts can see of a job of ours', () => {
  test('holds neither a token nor the key of the link', async () => {
    await using stage = await SlurmStage.open({ runs: { seen: { cmd: ['sh', '-c', 'env; sleep 600'], checkpoint: 'none' } } });
    await using manager = await stage.startManager();
    await untilRuns(manager, all(isExecuting));
    const [job] = await stage.liveJobs();
    const id = String(job?.jobId);
    const { secretsDir } = JSON.parse(stage.folder.read('.juqueue/server.json')) as { secretsDir: string };
    const secrets = ['token', 'token-read-only', 'link.key'].map((name) => readFileSync(join(secretsDir, name), 'utf8').trim());
    expect(secrets.map(({ length }) => length >= 32)).toEqual([true, true, true]);

    const said = await Promise.all([
      stage.slurm.exec('scontrol', ['show', 'job', '--details', id]),
      stage.slurm.exec('scontrol', ['write', 'batch_script', id, '-']),
      stage.slurm.exec('squeue', ['--job', id, '--format=%all']),
      stage.slurm.exec('sacct', ['--jobs', id, '--format=ALL', '--parsable2']),
    ]);
    const commandLines = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => commandLineOf(pid));
    const seen = [...said.map(({ stdout }) => stdout), ...commandLines, stage.folder.read('e/seen/logs/stdout.log')];
    expect(said[1]?.stdout).toContain('#!/bin/');
    for (const secret of secrets) expect(seen.filter((text) => text.includes(secret))).toEqual([]);
  });
});

/** Empty for a process that has ended meanwhile. */
function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
