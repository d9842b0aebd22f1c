import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/**
 * The content of a file that only we can have written, judged by the opened file itself, so that nobody can put another in its
 * place between the look and the reading. Null when there is none, or when others own it or can write it.
 */
export async function readOwnFile(file: string): Promise<string | null> {
  try {
    await using handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stats = await handle.stat();
    const isOurs = stats.isFile() && stats.uid === process.getuid?.() && (stats.mode & 0o022) === 0;
    return isOurs ? await handle.readFile('utf8') : null;
  } catch {
    return null;
  }
}
