import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { describeFailure, runCommand } from './run-command.ts';

const env = { PATH: '/usr/bin:/bin' };
const bash = (script: string, limitMs = 10_000, input?: string) =>
  runCommand({ program: 'bash', args: ['--norc', '-c', script], env, limitMs, ...(input === undefined ? {} : { input }) });

function isAlive(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0] !== 'Z';
  } catch {
    return false;
  }
}

describe('a command', () => {
  it('gets its input and answers on both outputs with its status', async () => {
    const result = await bash('cat; echo to-stderr >&2; exit 3', 10_000, 'hello');
    expect(result).toMatchObject({ kind: 'exited', status: 3, stdout: 'hello', stderr: 'to-stderr\n' });
    expect(describeFailure('squeue', result)).toBe('squeue ended with status 3: to-stderr');
  });

  it('sees nothing of our own environment', async () => {
    expect(await runCommand({ program: '/usr/bin/env', args: [], env: { ONLY: 'this' }, limitMs: 5_000 })).toMatchObject({
      stdout: 'ONLY=this\n',
    });
  });

  it('may end without reading its input', async () => {
    expect(await bash('exit 0', 5_000, 'x'.repeat(1_000_000))).toMatchObject({ kind: 'exited', status: 0 });
  });

  it('that is not there was not started', async () => {
    const result = await runCommand({ program: 'no-such-program-of-slurm', args: [], env, limitMs: 1_000 });
    expect(result).toMatchObject({ kind: 'not-started' });
  });

  it('over its limit is killed with everything that it started', async () => {
    const result = await bash('trap "" TERM; sleep 300 & echo $! >&2; wait; wait', 300);
    expect(result).toMatchObject({ kind: 'over-limit', limitMs: 300 });
    const started = Number(result.kind === 'over-limit' ? result.stderr : Number.NaN);
    expect(started).toBeGreaterThan(1);
    await expect.poll(() => isAlive(started)).toBe(false);
  });

  it('does not keep us waiting when something outside of its group holds the pipe', async () => {
    const began = performance.now();
    const result = await bash('setsid sleep 8 & wait', 300);
    expect(result.kind).toBe('over-limit');
    expect(performance.now() - began).toBeLessThan(6_000);
  });

  it('that was ended by a signal says by which', async () => {
    expect(await bash('kill -KILL $$')).toMatchObject({ kind: 'signalled', signal: 'SIGKILL' });
  });
});
