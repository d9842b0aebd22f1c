import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** An agent that is being replaced notices within a second, and ends its present step. */
const patienceSeconds = 60;
const conflictExitCode = 75;

/** Held until it is released or this process ends, however that comes about. */
export interface AgentLock {
  release(): Promise<void>;
}

/**
 * The lock that keeps two agents from one state folder, on all hosts of a shared file system; null when another one holds it
 * for a minute. Node has no flock: `flock cat` holds it, and `cat` ends when our end of its pipe closes.
 */
export async function lockAgent(file: string): Promise<AgentLock | null> {
  const holder = spawn(
    'flock',
    ['--exclusive', '--timeout', String(patienceSeconds), '--conflict-exit-code', String(conflictExitCode), file, 'cat'],
    { stdio: ['pipe', 'pipe', 'ignore'], detached: true },
  );
  holder.stdin.on('error', () => undefined);
  const ended = once(holder, 'exit');
  holder.stdin.write('held\n');
  const isHeld = await Promise.race([once(holder.stdout, 'data').then(() => true), ended.then(() => false)]);
  if (!isHeld) return null;
  holder.unref();
  return {
    release: async () => {
      holder.ref();
      holder.stdin.end();
      await ended;
    },
  };
}
