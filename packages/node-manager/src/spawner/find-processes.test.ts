import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { findProcesses } from './find-processes.ts';
import { startTicksOf } from './read-mark.ts';

/** A process that carries the mark of an attempt. */
function marked(attemptId: string): ChildProcess {
  return spawn('sleep', ['60'], { env: { ...process.env, JUQUEUE_ATTEMPT_ID: attemptId }, stdio: 'ignore' });
}

describe('findProcesses', () => {
  test('finds the processes of an attempt, and of them only those that started at a time or later', async () => {
    const attemptId = randomUUID();
    const early = marked(attemptId);
    // Longer than a tick of the kernel.
    await sleep(50);
    const late = marked(attemptId);
    try {
      const isWanted = (marks: { readonly attemptId: string | null }): boolean => marks.attemptId === attemptId;
      const earlyTicks = startTicksOf(early.pid!);
      const lateTicks = startTicksOf(late.pid!);
      expect(lateTicks).toBeGreaterThan(earlyTicks!);
      // Until its program is there, a process shows the environment of the one that forked it.
      await expect.poll(() => findProcesses(isWanted, earlyTicks!), { timeout: 30_000 }).toHaveLength(2);
      expect(await findProcesses(isWanted, lateTicks!)).toEqual([late.pid]);
      expect(await findProcesses(isWanted)).toHaveLength(2);
    } finally {
      early.kill('SIGKILL');
      late.kill('SIGKILL');
    }
  });

  test('a process that is gone has no start', () => {
    expect(startTicksOf(2 ** 22 + 1)).toBeNull();
  });
});
