import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { workerData } from 'node:worker_threads';
import { serveCalls } from '@juqueue/core';

const folders = workerData as readonly string[];

/** The file of that name in the first folder that has it; null when none has. */
async function read(name: string): Promise<Uint8Array | null> {
  for (const folder of folders) {
    try {
      return await readFile(join(folder, name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return null;
}

const functions = { read };
export type PublicFilesFunctions = typeof functions;
serveCalls(functions);
