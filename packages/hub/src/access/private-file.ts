import { constants } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { JuqueueError } from '@juqueue/core';

/**
 * The text of a file that holds a secret. Refused (`JQ_SECRET_NOT_PRIVATE`) when another account could read it, when it belongs
 * to another, or when it is a link.
 */
export async function readPrivateFile(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ELOOP') throw error;
    throw new JuqueueError('JQ_SECRET_NOT_PRIVATE', `${path} is a symbolic link, expected a file.`);
  });
  try {
    const { mode, uid } = await file.stat();
    const own = process.getuid?.();
    if (uid !== own) throw new JuqueueError('JQ_SECRET_NOT_PRIVATE', `${path} belongs to uid ${uid}, expected ${own}.`);
    if ((mode & 0o077) !== 0)
      throw new JuqueueError('JQ_SECRET_NOT_PRIVATE', `${path} has mode ${(mode & 0o777).toString(8)}, expected 600.`, `chmod 600 ${path}`);
    return (await file.readFile('utf8')).trim();
  } finally {
    await file.close();
  }
}

/** Puts the text into a file of mode 0600, whole or not at all; what stood there is replaced. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const partial = `${path}.part`;
  await rm(partial, { force: true });
  const file = await open(partial, 'wx', 0o600);
  try {
    await file.writeFile(`${text}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(partial, path);
  const folder = await open(dirname(path), 'r');
  await folder.sync();
  await folder.close();
}
