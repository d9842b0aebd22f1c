import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { RecordedCommands } from './recorded-commands.ts';
import { describeOnSlurm, SlurmStage, stepsProgram } from './slurm-stage.ts';
import { all, hasEnded, untilNodes, untilRuns } from './run-answers.ts';

/** Several poll intervals. */
const quietMs = 20_000;

describeOnSlurm('Slurm is left in peace', () => {
  test('by a manager without allocations: it issues no command, neither before its first run nor after its last', async () => {
    await using stage = await SlurmStage.open({ runs: { a: { cmd: [stepsProgram, 10] } }, autostart: false });
    const commands = new RecordedCommands(stage.folder.path);
    await using manager = await stage.startManager({ PATH: commands.path });
    await sleep(quietMs);
    expect(commands.calls).toEqual([]);
    expect((await manager.request('/experiment/e/resume_runs', { method: 'PUT', body: JSON.stringify(['a']) })).status).toBe(200);
    expect(await untilRuns(manager, all(hasEnded), 100_000)).toMatchObject([{ status: 'finished' }]);
    await untilNodes(manager, (nodes) => nodes.length === 0);
    // Until the bill is confirmed.
    await sleep(15_000);
    const sofar = commands.calls.length;
    expect(commands.count('sbatch')).toBe(1);
    await sleep(quietMs);
    expect(commands.calls.slice(sofar)).toEqual([]);
    process.stdout.write(`commands for one run: ${commands.calls.join(' ')}\n`);
  });

  test('by one with a hundred allocations: it asks squeue once an interval, for all of them', async () => {
    const allocations = 100;
    const runs = Object.fromEntries(Array.from({ length: allocations }, (_, n) => [`r${n}`, { cmd: ['true'] }]));
    await using stage = await SlurmStage.open({
      partitions: [{ name: 'down', state: 'DOWN' }],
      cluster: { max_jobs: allocations, poll_interval: '5s' },
      runs,
    });
    const commands = new RecordedCommands(stage.folder.path);
    await using manager = await stage.startManager({ PATH: commands.path });
    await untilNodes(manager, (nodes) => nodes.length === allocations && nodes.every(({ jobId }) => jobId !== null), 150_000);
    await sleep(5_000);
    const [before, submissions] = [commands.calls.length, commands.count('sbatch')];
    await sleep(30_000);
    expect(submissions).toBe(allocations);
    const asked = commands.calls.slice(before);
    expect(asked.every((call) => call === 'squeue')).toBe(true);
    expect(asked.length).toBeGreaterThanOrEqual(3);
    expect(asked.length).toBeLessThanOrEqual(7);
    process.stdout.write(`100 allocations for 30 s at an interval of 5 s: ${asked.length} times squeue\n`);
  });
});
