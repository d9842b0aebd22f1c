import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** `helper-missing`: this machine has no `flock`; among our own managers the epoch still decides. */
export type LockOutcome =
  { readonly kind: 'held'; readonly release: () => Promise<void> } | { readonly kind: 'taken' } | { readonly kind: 'helper-missing' };

/** As long as the original JuQueue waited. A manager that was just killed releases its lock within milliseconds. */
const patienceSeconds = 2;
const conflictExitCode = 75;

/**
 * Takes the lock that the original JuQueue takes (flock on `.lock`), so that the two never work on one folder. Node has no
 * flock, so `flock cat` holds it: `cat` ends when our end of its pipe closes, which the kernel does even when we are
 * killed. It has a session of its own, or Ctrl-C would release the lock before the stop is complete.
 */
export async function takeLock(file: string): Promise<LockOutcome> {
  const args = ['--exclusive', '--timeout', String(patienceSeconds), '--conflict-exit-code', String(conflictExitCode), file, 'cat'];
  const holder = spawn('flock', args, { stdio: ['pipe', 'pipe', 'ignore'], detached: true });
  holder.stdin.on('error', () => undefined);
  const ended = once(holder, 'exit');
  const failed = once(holder, 'error').then(() => 'helper-missing' as const);
  const answered = once(holder.stdout, 'data').then(() => 'held' as const);
  const refused = ended.then(([exitCode]) => (exitCode === conflictExitCode ? ('taken' as const) : ('helper-missing' as const)));
  holder.stdin.write('held\n');
  const kind = await Promise.race([failed, answered, refused]);
  if (kind !== 'held') return { kind };
  holder.unref();
  return {
    kind,
    release: async () => {
      holder.ref();
      holder.stdin.end();
      await ended;
    },
  };
}
