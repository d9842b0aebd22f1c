import { constants } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { workerData } from 'node:worker_threads';
import { decodeHeartbeat, decodeSealed, decodeSpool, encodeSealed, heartbeatBytes, nodeFolderFiles } from '@juqueue/core';
import type { EndedAttempt } from '@juqueue/core';
import { serveCalls } from '@juqueue/core';

/** A folder as it was read; sealed files still as text. */
export interface FolderText {
  readonly counter: number | null;
  readonly challengeEcho: string | null;
  readonly ended: readonly EndedAttempt[];
  readonly isClosed: boolean;
  readonly fenceConfirmation: string | null;
}

/** How far a spool has been read. Outcomes already handed over are not read again: a spool grows with every run. */
interface SpoolCursor {
  offset: number;
  isClosed: boolean;
  /** Records of guards that closed, kept until all of them have. */
  closedLines: string;
}

const nodesDirectory = (workerData as { readonly nodesDirectory: string }).nodesDirectory;
const cursors = new Map<string, SpoolCursor>();
const spoolChunkBytes = 8 * 1024 * 1024;

async function read(folder: string): Promise<FolderText> {
  const directory = join(nodesDirectory, folder);
  const heartbeat = await textOf(directory, nodeFolderFiles.heartbeat, heartbeatBytes + 1);
  const echo = await textOf(directory, nodeFolderFiles.challengeEcho);
  const confirmation = await textOf(directory, nodeFolderFiles.fenceConfirmation);
  const spool = await readSpool(directory, folder);
  return {
    counter: heartbeat === null ? null : decodeHeartbeat(heartbeat),
    challengeEcho: echo === null ? null : decodeSealed(echo),
    fenceConfirmation: confirmation === null ? null : decodeSealed(confirmation),
    ...spool,
  };
}

async function readSpool(directory: string, folder: string): Promise<Pick<FolderText, 'ended' | 'isClosed'>> {
  let cursor = cursors.get(folder);
  if (cursor === undefined) {
    cursor = { offset: 0, isClosed: false, closedLines: '' };
    cursors.set(folder, cursor);
  }
  const ended: EndedAttempt[] = [];
  for (;;) {
    const text = await textOf(directory, nodeFolderFiles.spool, spoolChunkBytes, cursor.offset);
    const complete = text === null ? '' : text.slice(0, text.lastIndexOf('\n') + 1);
    if (complete === '') return { ended, isClosed: cursor.isClosed };
    cursor.offset += Buffer.byteLength(complete);
    const lines = complete.split('\n');
    cursor.closedLines += lines
      .filter((line) => line.includes('"closed"'))
      .map((line) => `${line}\n`)
      .join('');
    ended.push(...decodeSpool(complete).ended);
    cursor.isClosed = decodeSpool(cursor.closedLines).isClosed;
  }
}

/** Opened anew each time, so that a network file system looks at the server's copy; never through a symbolic link. */
async function textOf(directory: string, name: string, bytesMax = 1024 * 1024, offset = 0): Promise<string | null> {
  let handle;
  try {
    handle = await open(join(directory, name), constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    const buffer = Buffer.alloc(Math.min(bytesMax, Math.max(0, (await handle.stat()).size - offset)));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function writeSealed({
  folder,
  name,
  content,
}: {
  readonly folder: string;
  readonly name: string;
  readonly content: string;
}): Promise<void> {
  const directory = join(nodesDirectory, folder);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const temporary = join(directory, `.${name}.new`);
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.writeFile(encodeSealed(content));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, join(directory, name));
}

async function list(): Promise<readonly string[]> {
  try {
    return await readdir(nodesDirectory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function remove(folder: string): Promise<void> {
  cursors.delete(folder);
  await rm(join(nodesDirectory, folder), { recursive: true, force: true });
}

const functions = { read, writeSealed, list, remove };
export type NodeFilesFunctions = typeof functions;
serveCalls(functions);
