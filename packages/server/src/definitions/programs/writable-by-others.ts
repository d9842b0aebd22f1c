import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

const groupWrite = 0o020;
const otherWrite = 0o002;
const sticky = 0o1000;

/** The first objection to one of these files; null when there is none. */
export async function firstWritableByOthers(defDir: string, paths: readonly string[]): Promise<string | null> {
  for (const path of paths) {
    const objection = await writableByOthers(defDir, path);
    if (objection !== null) return objection;
  }
  return null;
}

/**
 * Why somebody else could have written this file of the def-dir, as a clause; null when nobody could, or when it is gone. What
 * stands in it is executed in our name. A group whose number is that of its user has no other members, by convention.
 */
async function writableByOthers(defDir: string, path: string): Promise<string | null> {
  const self = process.getuid?.() ?? 0;
  for (const place of [path, dirname(path), '.']) {
    const stats = await stat(resolve(defDir, place)).catch(() => null);
    if (stats === null) continue;
    const { mode, uid, gid } = stats;
    const name = place === '.' ? 'the definitions folder' : place;
    if (uid !== self && uid !== 0) return `${name} belongs to user ${uid}`;
    const isShared = (mode & otherWrite) !== 0 || ((mode & groupWrite) !== 0 && gid !== self);
    const keepsNames = place !== path && (mode & sticky) !== 0;
    if (isShared && !keepsNames) return `${name} has mode ${(mode & 0o7777).toString(8).padStart(4, '0')}`;
  }
  return null;
}
