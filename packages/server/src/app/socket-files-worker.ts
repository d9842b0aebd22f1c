import { chmod, lstat, mkdir, rm } from 'node:fs/promises';
import { getuid } from 'node:process';
import { JuqueueError } from '@juqueue/core';
import { serveCalls } from '@juqueue/core';

/** Makes the folder, or checks that the one that is there is ours alone: /tmp belongs to everybody. */
async function prepareFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { uid, mode } = await lstat(folder);
  if (uid === getuid?.() && (mode & 0o077) === 0) return;
  throw new JuqueueError(
    'JQ_WORK_DIR_NOT_PRIVATE',
    `The folder ${folder} for the unix socket belongs to user ${uid} with mode ${(mode & 0o777).toString(8)}, expected our own with mode 700.`,
    'Remove it, or name another place with --unix-socket.',
  );
}

/** Removes the socket that an earlier manager left; anything else of that name stays and is refused. */
async function removeStale(path: string): Promise<void> {
  const stat = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (stat === null) return;
  if (!stat.isSocket())
    throw new JuqueueError('JQ_PORT_TAKEN', `${path} exists and is not a socket.`, 'Remove it, or name another place with --unix-socket.');
  await rm(path);
}

const functions = {
  prepareFolder,
  removeStale,
  makePrivate: (path: string) => chmod(path, 0o600),
};
export type SocketFilesFunctions = typeof functions;
serveCalls(functions);
