import { mkdir } from 'node:fs/promises';
import { serveCalls } from '@juqueue/core';
import { replacePrivateFile } from '@juqueue/core/private-file';

/** Makes the folder, for our eyes only where it is new. */
async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
}

async function writePrivate({ file, content }: { readonly file: string; readonly content: string }): Promise<void> {
  await replacePrivateFile(file, content);
}

const functions = { makeFolder, writePrivate };
export type SlurmFilesFunctions = typeof functions;
serveCalls(functions);
