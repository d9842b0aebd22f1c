import type { Stats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { JuqueueError, workDirPaths } from '@juqueue/core';

/** Files that let somebody act in our name, or tell our secrets. */
const secretFiles: readonly string[] = [
  workDirPaths.token,
  workDirPaths.readOnlyToken,
  workDirPaths.linkKey,
  workDirPaths.loginPage,
  workDirPaths.identity,
  workDirPaths.environment,
];

/** Throws JQ_WORK_DIR_NOT_PRIVATE when somebody else owns, could have written, or could read what is ours in `.juqueue`. */
export async function checkPrivacy(workDir: string, uid: number): Promise<void> {
  const folder = join(workDir, workDirPaths.private);
  const stats = await lstat(folder);
  if (!stats.isDirectory()) throw notPrivate(folder, 'is not a folder', 'Remove it.');
  refuseStranger(folder, stats, uid);
  refuseOpen(folder, stats, 0o077, '700');
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const entry = await lstat(path);
    refuseStranger(path, entry, uid);
    if (entry.isSymbolicLink()) throw notPrivate(path, 'is a symbolic link', 'Remove it.');
    const isSecret = secretFiles.includes(`${workDirPaths.private}/${name}`);
    if (!entry.isSocket()) refuseOpen(path, entry, isSecret ? 0o077 : 0o022, entry.isDirectory() ? '700' : '600');
  }
}

function refuseStranger(path: string, stats: Stats, uid: number): void {
  if (stats.uid !== uid)
    throw notPrivate(
      path,
      `belongs to user ${stats.uid}, expected our own user ${uid}`,
      'Use another work-dir, or remove it if you know how it came there.',
    );
}

function refuseOpen(path: string, stats: Stats, forbidden: number, wanted: string): void {
  if ((stats.mode & forbidden) === 0) return;
  const mode = (stats.mode & 0o777).toString(8).padStart(3, '0');
  throw notPrivate(
    path,
    `has mode ${mode}, expected ${wanted}: others may have read or changed it`,
    `If you trust what it holds: chmod ${wanted} ${path}`,
  );
}

function notPrivate(path: string, found: string, hint: string): JuqueueError {
  return new JuqueueError('JQ_WORK_DIR_NOT_PRIVATE', `${path} ${found}.`, hint);
}
