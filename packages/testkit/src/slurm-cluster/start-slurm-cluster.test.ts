import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseFolder, clusterFolders } from './base-folder.ts';
import { readRecord, type ClusterRecord } from './cluster-record.ts';
import { processGroup } from './process-group.ts';
import { removeLeftovers } from './remove-cluster.ts';
import { runCommand } from './run-command.ts';
import { startSlurmCluster } from './start-slurm-cluster.ts';
import { slurmUnsupportedReason } from './unsupported-reason.ts';
import { waitUntil } from './wait-until.ts';

const unsupported = slurmUnsupportedReason();
const title = unsupported === undefined ? 'starting Slurm test clusters' : `starting Slurm test clusters (skipped: ${unsupported})`;
const slow = { timeout: 90_000 };

describe.skipIf(unsupported !== undefined)(title, () => {
  // A base folder of our own: "down" must not find the cluster that somebody has up on this machine.
  const usualTmpdir = process.env['TMPDIR'];
  let tmpdirOfTest: string;
  beforeAll(() => {
    tmpdirOfTest = mkdtempSync(join(tmpdir(), 'jqs-'));
    chmodSync(tmpdirOfTest, 0o755);
    process.env['TMPDIR'] = tmpdirOfTest;
  });
  afterAll(() => {
    if (usualTmpdir === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = usualTmpdir;
    rmSync(tmpdirOfTest, { recursive: true });
  });

  it('runs two at a time that share nothing, and leaves nothing of either', slow, async () => {
    const records: ClusterRecord[] = [];
    {
      const options = { nodeCount: 2, networkNamespaces: true, unprivilegedUser: true } as const;
      const starts = await Promise.allSettled([startSlurmCluster(options), startSlurmCluster({ ...options, gpusPerNode: 1 })]);
      await using clusters = new AsyncDisposableStack();
      for (const start of starts) if (start.status === 'fulfilled') clusters.use(start.value);
      const [first, second] = starts.map((start) => (start.status === 'fulfilled' ? start.value : undefined));
      records.push(readRecord(first!.directory)!, readRecord(second!.directory)!);

      const marks = records.map(({ id, ports, network, unprivilegedUserName }) => [
        id,
        ports.controller,
        JSON.stringify(network),
        unprivilegedUserName,
      ]);
      for (const [index, mark] of marks[0]!.entries()) expect(mark).not.toBe(marks[1]![index]);
      for (const cluster of [first!, second!]) {
        const jobId = await cluster.submit(['--output=/dev/null', '--nodes=2'], 'true');
        await cluster.waitForJob(jobId, ['COMPLETED']);
        expect((await cluster.queue()).map((job) => job.jobId)).toEqual([jobId]);
      }
    }
    for (const record of records) expectNothingLeft(record);
  });

  it('removes, at the next start or by "down", what a killed process left, however far it had come', slow, async () => {
    const complete = startProgram('fixtures/start-and-wait.ts');
    const [directory] = (await once(createInterface(complete.stdout!), 'line')) as [string];
    const halfway = startProgram('fixtures/start-and-wait.ts');
    const started = await waitUntil('the second one has begun', 20_000, () => recordOf(halfway));
    await waitUntil('it runs something', 20_000, () => existsSync(started.processRoot) || undefined);

    const living = readRecord(directory)!;
    await removeLeftovers();
    expect(processGroup(living.processRoot).processIds().length).toBeGreaterThan(0);

    for (const child of [complete, halfway]) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    const [first, second] = await Promise.all([runProgram('down.ts'), runProgram('down.ts')]);
    expect([first.status, second.status]).toEqual([0, 0]);
    expect(first.stderr + second.stderr).toContain(living.id);
    for (const record of [living, started]) expectNothingLeft(record);
  });

  it('stays up for people until they call "down", and is shown again by a second "up"', slow, async () => {
    const first = await runProgram('up.ts', '--nodes', '1', '--no-accounting');
    const slurmConf = /^export SLURM_CONF=(.*)$/m.exec(first.stdout)?.[1] ?? '';
    const record = readRecord(dirname(slurmConf))!;
    const second = await runProgram('up.ts');
    const answer = await runCommand('sinfo', ['--noheader', '--partition=batch', '--format=%T'], {
      env: { PATH: '/usr/bin', SLURM_CONF: slurmConf },
    });
    const down = await runProgram('down.ts', record.id);
    expect(second.stdout).toBe(first.stdout);
    expect(answer.stdout.trim()).toBe('idle');
    expect(down.stderr).toContain(`removed ${record.id}`);
    expectNothingLeft(record);
    expect((await runProgram('down.ts', record.id)).status).toBe(1);
  });

  it('refuses a wrong option of "up" with what it expects', async () => {
    const { status, stderr } = await runProgram('up.ts', '--nodes', 'many');
    expect(status).toBe(2);
    expect(stderr).toContain('--nodes needs a whole number of at least 1, not "many"');
  });
});

const program = (name: string): string => join(import.meta.dirname, name);

const runProgram = (name: string, ...args: readonly string[]) =>
  runCommand(process.execPath, [program(name), ...args], { env: environment() });

const startProgram = (name: string): ChildProcess =>
  spawn(process.execPath, [program(name)], { env: environment(), stdio: ['ignore', 'pipe', 'inherit'] });

const environment = (): Record<string, string> => ({ PATH: process.env['PATH'] ?? '', TMPDIR: tmpdir() });

function recordOf({ pid }: ChildProcess): ClusterRecord | undefined {
  const records = clusterFolders(baseFolder()).map(readRecord);
  return records.find((record) => record !== undefined && record.owner !== 'until-down' && record.owner.pid === pid);
}

function expectNothingLeft({ id, directory, processRoot }: ClusterRecord): void {
  expect(existsSync(directory)).toBe(false);
  expect(existsSync(processRoot)).toBe(false);
  expect(readdirSync('/sys/class/net').filter((name) => name.includes(id))).toEqual([]);
  expect(readFileSync('/etc/passwd', 'utf8')).not.toContain(`jq${id}`);
  expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(id);
}
