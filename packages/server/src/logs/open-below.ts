import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';

const openFolder = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
/** O_NONBLOCK: opening a FIFO that a run has put in place of a file must not wait for its writer. */
const openFile = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Opens the regular file at `root/segments…` for reading without following a symbolic link in any segment, so that a run
 * cannot make us read a file elsewhere. Null when there is no such regular file. Linux only: it walks by /proc/self/fd.
 */
export async function openBelow(root: string, segments: readonly string[]): Promise<FileHandle | null> {
  let folder = await open(root, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    for (const segment of segments.slice(0, -1)) {
      const next = await openSegment(folder, segment, openFolder);
      if (next === null) return null;
      await folder.close();
      folder = next;
    }
    const file = await openSegment(folder, segments.at(-1) ?? '', openFile);
    if (file === null) return null;
    if ((await file.stat()).isFile()) return file;
    await file.close();
    return null;
  } finally {
    await folder.close();
  }
}

const notThere = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO', 'EACCES']);

async function openSegment(folder: FileHandle, segment: string, flags: number): Promise<FileHandle | null> {
  if (segment === '' || segment === '.' || segment === '..' || segment.includes('/') || segment.includes('\0')) return null;
  try {
    return await open(`/proc/self/fd/${folder.fd}/${segment}`, flags);
  } catch (error) {
    if (error instanceof Error && 'code' in error && notThere.has(String(error.code))) return null;
    throw error;
  }
}
