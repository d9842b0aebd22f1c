import { close, constants, fstat, open, rename, write } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { workerData } from 'node:worker_threads';
import { serveCalls } from '@juqueue/core';

const { file } = workerData as { readonly file: string };
const openFile = promisify(open);
const closeFile = promisify(close);
const statFile = promisify(fstat);
const renameFile = promisify(rename);
const writeFile = promisify(write);

/** Five files of 10 MB hold weeks of decisions and never a quota. */
const rotateAtBytes = 10 * 1024 * 1024;
const filesMax = 5;

/** The folder may be writable by a group: what somebody has put there as a link is not followed. */
const appending = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;

let descriptor: number | null = null;
let sizeBytes = 0;

async function append(lines: string): Promise<void> {
  if (descriptor === null) await begin();
  if (sizeBytes > rotateAtBytes) await rotate();
  if (descriptor === null) return;
  sizeBytes += (await writeFile(descriptor, Buffer.from(lines))).bytesWritten;
}

async function begin(): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  descriptor = await openFile(file, appending, 0o600);
  sizeBytes = (await statFile(descriptor)).size;
}

/** `juqueue.log` becomes `juqueue.log.1`, and so on; the oldest goes. */
async function rotate(): Promise<void> {
  if (descriptor !== null) await closeFile(descriptor);
  descriptor = null;
  for (let number = filesMax - 1; number > 0; number -= 1) {
    await renameFile(number === 1 ? file : `${file}.${number - 1}`, `${file}.${number}`).catch(() => undefined);
  }
  await begin();
}

const functions = { append };
export type ManagerLogFunctions = typeof functions;
serveCalls(functions);
