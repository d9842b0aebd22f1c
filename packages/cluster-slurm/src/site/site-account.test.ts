import type { Allocation } from '@juqueue/core';
import { describe, expect, it } from 'vitest';
import { RecordedSlurm } from '../../test/recorded-slurm.ts';
import { slurmDefinition } from '../../test/slurm-definition.ts';
import { jobFamily, jobName } from '../submit/job-name.ts';
import { parseTable } from './parse-table.ts';
import { SiteAccountReader } from './site-account.ts';

const beganMs = 1_700_000_000_000;

function allocation(token: string, seconds: number): Allocation {
  return {
    id: `hpc-${token}`,
    cluster: 'hpc',
    token,
    status: 'ended',
    jobId: '7',
    slots: 4,
    resources: { slots: 4 },
    requestedAtMs: beganMs,
    startedAtMs: beganMs,
    endedAtMs: beganMs + seconds * 1_000,
    isConfirmed: true,
  } as unknown as Allocation;
}

function readerOf(slurm: RecordedSlurm) {
  const definition = slurmDefinition({ account: 'budget1' });
  const family = jobFamily(slurm.workDir, definition.name);
  const line = (token: string, seconds: number | 'Unknown'): string =>
    `7|${seconds === 'Unknown' ? 'RUNNING' : 'COMPLETED'}|${beganMs / 1_000}|${beganMs / 1_000}|${seconds === 'Unknown' ? seconds : beganMs / 1_000 + seconds}|batch|n1|${jobName(family, token)}\n`;
  return { reader: new SiteAccountReader({ definition, workDir: slurm.workDir, clock: slurm.clock, env: slurm.env }), line };
}

describe("a site's own figures", () => {
  it('name the jobs of which sacct says something else than we do, and those that it does not know', async () => {
    using slurm = new RecordedSlurm();
    const { reader, line } = readerOf(slurm);
    slurm.answer('sacct', { stdout: line('a', 100) + line('b', 61) + line('d', 'Unknown') });
    const { sacct } = await reader.read([allocation('a', 100), allocation('b', 60), allocation('c', 30), allocation('d', 5)]);
    expect(sacct).toEqual({
      jobs: 3,
      ourSeconds: 190,
      slurmSeconds: 161,
      differences: [
        { allocation: 'hpc-b', jobId: '7', ourSeconds: 60, slurmSeconds: 61 },
        { allocation: 'hpc-c', jobId: '7', ourSeconds: 30, slurmSeconds: null },
      ],
    });
  });

  it('are those of sshare and jutil, as they print them', async () => {
    using slurm = new RecordedSlurm();
    const { reader } = readerOf(slurm);
    slurm.answer('sshare', {
      stdout: 'Account|User|RawUsage|GrpTRESMins|GrpTRESRaw\nbudget1||7200|cpu=100000|cpu=120\n budget1|me|3600||cpu=60\n',
    });
    slurm.answer('jutil', { stdout: 'project|budget|quota|used\nchpc|budget1|500000|1234\n' });
    const account = await reader.read([]);
    expect(account).toEqual({
      sacct: 'no job of ours has ended yet',
      sshare: {
        columns: ['Account', 'User', 'RawUsage', 'GrpTRESMins', 'GrpTRESRaw'],
        rows: [
          ['budget1', '', '7200', 'cpu=100000', 'cpu=120'],
          ['budget1', 'me', '3600', '', 'cpu=60'],
        ],
      },
      jutil: { columns: ['project', 'budget', 'quota', 'used'], rows: [['chpc', 'budget1', '500000', '1234']] },
    });
    expect(slurm.calls('sshare')[0]).toMatch(/^--parsable2 --users=\S+ --accounts=budget1 --format=Account,User,/);
    expect(slurm.calls('jutil')).toEqual(['user cpuquota --currsys --format parsable']);
  });

  it('are asked for once an hour at most', async () => {
    using slurm = new RecordedSlurm();
    const { reader } = readerOf(slurm);
    await reader.read([]);
    await slurm.clock.advance(59 * 60_000);
    await reader.read([]);
    expect(slurm.calls('sshare')).toHaveLength(1);
    await slurm.clock.advance(60_000);
    await reader.read([]);
    expect(slurm.calls('sshare')).toHaveLength(2);
  });

  it('are sentences where a program is missing, fails, or prints something else', async () => {
    using slurm = new RecordedSlurm();
    const { reader } = readerOf(slurm);
    slurm.answer('sacct', { status: 1, stderr: 'sacct: error: Connection refused\n' });
    slurm.answer('sshare', { status: 1, stderr: 'no database\n' });
    slurm.answer('jutil', { stdout: 'You have no quota.\n' });
    expect(await reader.read([allocation('a', 1)])).toEqual({
      sacct: 'sacct ended with status 1: sacct: error: Connection refused',
      sshare: 'sshare ended with status 1: no database',
      jutil: 'jutil answered no table',
    });
    const elsewhere = new SiteAccountReader({
      definition: slurmDefinition(),
      workDir: slurm.workDir,
      clock: slurm.clock,
      env: { PATH: '/nowhere' },
    });
    expect(await elsewhere.read([])).toMatchObject({ sshare: 'this site has no sshare', jutil: 'this site has no jutil' });
  });
});

describe('a table', () => {
  it.each([
    ['a|b|\n1|2|\n', { columns: ['a', 'b'], rows: [['1', '2']] }],
    ['a\tb\n1\n', { columns: ['a', 'b'], rows: [['1', '']] }],
    ['a|b\n', null],
    ['nothing to see\nhere\n', null],
  ])('is read from %j', (text, expected) => {
    expect(parseTable(text)).toEqual(expected);
  });
});
