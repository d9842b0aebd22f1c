import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const groupWrite = 0o020;
const otherWrite = 0o002;
const sticky = 0o1000;

/**
 * Why somebody else could have written this file of the def-dir, as a clause; null when nobody could. A program in it would
 * be executed in our name. A group whose number is that of its user has no other members, by convention.
 */
export async function writableByOthers(defDir: string, path: string): Promise<string | null> {
  const self = process.getuid?.() ?? 0;
  for (const place of [path, dirname(path), '.']) {
    const { mode, uid, gid } = await stat(join(defDir, place));
    const name = place === '.' ? 'the definitions folder' : place;
    if (uid !== self && uid !== 0) return `${name} belongs to user ${uid}`;
    const isShared = (mode & otherWrite) !== 0 || ((mode & groupWrite) !== 0 && gid !== self);
    const keepsNames = place !== path && (mode & sticky) !== 0;
    if (isShared && !keepsNames) return `${name} has mode ${(mode & 0o7777).toString(8).padStart(4, '0')}`;
  }
  return null;
}
