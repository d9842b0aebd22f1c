import { constants } from 'node:fs';
import { lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { serveCalls } from '@juqueue/core';
import type { ExperimentName, RunName } from '@juqueue/core';

export interface FolderOfRun {
  readonly experiment: ExperimentName;
  readonly run: RunName;
}

/** Null: it was there and is set aside. `absent`: there was none. Else a sentence why it stays. */
export type SetAside = null | 'absent' | string;

const followsNoLink = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const bin = (workDir: string): string => join(workDir, '.juqueue', 'cleaned');
/** `@` is no part of names, so no two runs share a place. */
const placeOf = (workDir: string, { experiment, run }: FolderOfRun): string => join(bin(workDir), `${experiment}@${run}`);

/**
 * Folders of runs leave their place by one rename each, so that a run that starts anew meanwhile finds nothing half deleted.
 * Links are never followed. What is set aside is deleted, or put back where nothing has come in its place.
 */
const functions = {
  async setAside({
    workDir,
    folders,
  }: {
    readonly workDir: string;
    readonly folders: readonly FolderOfRun[];
  }): Promise<readonly SetAside[]> {
    await mkdir(bin(workDir), { recursive: true, mode: 0o700 });
    const all: SetAside[] = [];
    for (const folder of folders) all.push(await setAside(workDir, folder));
    return all;
  },

  async putBack({ workDir, folder }: { readonly workDir: string; readonly folder: FolderOfRun }): Promise<void> {
    const place = join(workDir, folder.experiment, folder.run);
    const isTaken = await lstat(place).then(
      () => true,
      () => false,
    );
    if (!isTaken) await rename(placeOf(workDir, folder), place);
  },

  /** Everything that was set aside, also by managers before. */
  async deleteAll({ workDir }: { readonly workDir: string }): Promise<void> {
    await rm(bin(workDir), { recursive: true, force: true });
  },
};

async function setAside(workDir: string, folder: FolderOfRun): Promise<SetAside> {
  try {
    await using experiment = await open(join(workDir, folder.experiment), followsNoLink);
    const place = `/proc/self/fd/${experiment.fd}/${folder.run}`;
    if (!(await lstat(place)).isDirectory()) return 'its place is not a folder';
    const target = placeOf(workDir, folder);
    await rm(target, { recursive: true, force: true });
    await rename(place, target);
    return null;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    return code === 'ENOENT'
      ? 'absent'
      : code === 'ELOOP' || code === 'ENOTDIR'
        ? 'its experiment is not a folder'
        : `its folder cannot be moved (${code})`;
  }
}

export type CleanFunctions = typeof functions;
serveCalls(functions);
