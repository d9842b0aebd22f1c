import { randomBytes } from 'node:crypto';
import { mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { serveCalls } from '@juqueue/core';

/** Makes the folder, for our eyes only where it is new. */
async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
}

/** Puts a file there as a whole, readable by us alone from its first byte on. */
async function writePrivate({ file, content }: { readonly file: string; readonly content: string }): Promise<void> {
  await makeFolder(dirname(file));
  const temporary = `${file}.${randomBytes(4).toString('hex')}.new`;
  const handle = await open(temporary, 'wx', 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
}

const functions = { makeFolder, writePrivate };
export type SlurmFilesFunctions = typeof functions;
serveCalls(functions);
