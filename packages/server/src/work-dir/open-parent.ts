import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** How files of users that a container does not know appear in it, those of the real root first of all. */
const overflowUid = 65_534;

/** The nearest folder, from the work-dir upwards, whose entries others can rename, its owner included; null when there is none. */
export async function parentThatOthersWrite(workDir: string, self: number): Promise<string | null> {
  const sticky = 0o1000;
  const trusted = [self, 0, overflowUid];
  for (let folder = workDir; ; folder = dirname(folder)) {
    const { mode, uid } = await stat(folder);
    if (!trusted.includes(uid)) return folder;
    if ((mode & 0o022) !== 0 && (mode & sticky) === 0) return folder;
    if (folder === dirname(folder)) return null;
  }
}
