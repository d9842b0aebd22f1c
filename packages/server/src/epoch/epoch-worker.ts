import { mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { workerData } from 'node:worker_threads';
import { serveCalls } from '../workers/worker-calls.ts';

const { epochsDirectory, counterFile } = workerData as { readonly epochsDirectory: string; readonly counterFile: string };

async function highest(): Promise<number> {
  const names = await readdir(epochsDirectory);
  return names.reduce((high, name) => (/^\d+$/.test(name) ? Math.max(high, Number(name)) : high), 0);
}

/**
 * Takes an epoch above every one that exists and above `above`. Exclusive creation decides between two managers that
 * start at the same moment: the loser takes the next number, and the higher one has the right to act.
 */
async function take({ above, owner }: { readonly above: number; readonly owner: string }): Promise<number> {
  await mkdir(epochsDirectory, { recursive: true, mode: 0o700 });
  for (let epoch = Math.max(above, await highest()) + 1; ; epoch += 1) {
    try {
      const handle = await open(join(epochsDirectory, String(epoch)), 'wx', 0o600);
      try {
        await handle.writeFile(owner);
        await handle.sync();
      } finally {
        await handle.close();
      }
      return epoch;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** Overwritten in place, so that a hung rename can never leave the work-dir without it. */
async function writeCounter(content: string): Promise<void> {
  const handle = await open(counterFile, 'w', 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const functions = { highest: () => highest(), take, writeCounter };
export type EpochFunctions = typeof functions;
serveCalls(functions);
