import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Environment } from '../launch/inheritable-environment.ts';

/** A daemon that does not answer may do so later; until then it is not known that nothing is left. */
const patienceMs = 20_000;
const longestPauseMs = 30_000;

/** Executes this command until it succeeds, or says that there is nothing to do. Resolves only then. */
export async function cleanUp([program = '', ...args]: readonly string[], env: Environment): Promise<void> {
  for (let pauseMs = 500; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    const isDone = await new Promise<boolean>((resolve) => {
      execFile(program, args, { env, timeout: patienceMs, killSignal: 'SIGKILL' }, (error, _stdout, stderr) => {
        // Without the program there is no container either.
        resolve(
          error === null || /no such container|no container with name/i.test(stderr) || (error as NodeJS.ErrnoException).code === 'ENOENT',
        );
      });
    });
    if (isDone) return;
    await sleep(pauseMs);
  }
}
