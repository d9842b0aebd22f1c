import { createHash, randomBytes } from 'node:crypto';
import { chmod, readFile, rm, statfs } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { workerData } from 'node:worker_threads';
import { serveCalls, workDirPaths } from '@juqueue/core';
import { replacePrivateFile } from '@juqueue/core/private-file';
import type { TokenPair } from '../auth/access-tokens.ts';
import { fileSystemKind } from '../work-dir/file-systems.ts';

const { workDir, secretsDir } = workerData as { readonly workDir: string; readonly secretsDir: string };

/** The key that links are encrypted and authenticated with; made once per work-dir, so that nodes survive managers. */
async function linkKey(): Promise<string> {
  const file = join(secretsDir, basename(workDirPaths.linkKey));
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const key = randomBytes(32).toString('hex');
  await replacePrivateFile(file, `${key}\n`);
  return key;
}

/** Replaces a file of `.juqueue` as a whole: readers see the old or the new content, and only we read it. */
async function replace({ path, content }: { readonly path: string; readonly content: string }): Promise<void> {
  await replacePrivateFile(join(workDir, path), content);
}

/** The present tokens; earlier ones are worth nothing any more. */
async function writeTokens({ full, readOnly }: TokenPair): Promise<void> {
  await replacePrivateFile(join(secretsDir, basename(workDirPaths.readOnlyToken)), `${readOnly}\n`);
  await replacePrivateFile(join(secretsDir, basename(workDirPaths.token)), `${full}\n`);
}

/** Takes away what leads clients to a server that serves no longer. */
async function withdrawServer(): Promise<void> {
  const files = [
    join(workDir, workDirPaths.server),
    join(secretsDir, basename(workDirPaths.token)),
    join(secretsDir, basename(workDirPaths.readOnlyToken)),
    join(secretsDir, basename(workDirPaths.loginPage)),
  ];
  await Promise.all(files.map((file) => rm(file, { force: true })));
}

/**
 * Puts the NodeManager under a name that is its content's hash and answers that path. Nodes that run an older bundle keep
 * theirs; one that somebody changed is written anew. It lies with the secrets: whoever replaces it acts in our name.
 */
async function installBundle(bundleFile: string): Promise<string> {
  const content = await readFile(bundleFile);
  const sha256 = createHash('sha256').update(content).digest('hex');
  const installed = join(secretsDir, basename(workDirPaths.bundles), sha256, 'node-manager.mjs');
  if (!(await isSame(installed, content))) {
    await replacePrivateFile(installed, content);
    await chmod(installed, 0o500);
  }
  return installed;
}

async function isSame(file: string, content: Buffer): Promise<boolean> {
  try {
    return content.equals(await readFile(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** Whether the work-dir lies on a disk of this machine, where no cache of another host can show the past. */
async function isOnLocalDisk(): Promise<boolean> {
  return fileSystemKind((await statfs(workDir)).type)?.isShared === false;
}

const functions = {
  linkKey: () => linkKey(),
  writeTokens,
  withdrawServer: () => withdrawServer(),
  replace,
  installBundle,
  isOnLocalDisk: () => isOnLocalDisk(),
};
export type ProvisionsFunctions = typeof functions;
serveCalls(functions);
