import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ManagerOptions } from '@juqueue/server';
import { CommandError } from '../command-error.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Terminal } from '../output/terminal.ts';
import { connect } from '../server/connect.ts';

const pauseMs = 100;

/**
 * Starts the same command in a session of its own, waits until it serves, and leaves it. What it says goes into
 * `logs/detached.log` of the work-dir, and here if it cannot start.
 */
export async function detach(terminal: Terminal, options: ManagerOptions): Promise<number> {
  const folder = join(options.workDir, 'logs');
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'detached.log');
  // The folder may be writable by a group: a link that somebody has put there is not followed.
  await using output = await open(file, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW, 0o600);
  const args = process.argv.slice(1).filter((argument) => argument !== '--detach');
  const child = spawn(process.execPath, args, { detached: true, stdio: ['ignore', output.fd, output.fd] });
  const exited = new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? exitCodes.unexpected)));
  for (;;) {
    const code = await Promise.race([exited, sleep(pauseMs, null)]);
    if (code !== null) {
      terminal.err((await readFile(file, 'utf8')).trimEnd());
      return code;
    }
    if (await serves(options.workDir, child.pid)) break;
  }
  child.unref();
  terminal.out(await readFile(file, 'utf8'));
  return exitCodes.ok;
}

async function serves(workDir: string, pid: number | undefined): Promise<boolean> {
  try {
    const { client, record } = await connect(workDir);
    if (record.pid !== pid) return false;
    await client.call('getHealth', {});
    return true;
  } catch (error) {
    if (error instanceof CommandError && error.exitCode !== exitCodes.noServer) throw error;
    return false;
  }
}
