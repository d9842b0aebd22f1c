import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { workerData } from 'node:worker_threads';
import { execa } from 'execa';
import { cachedImage, parseImageName, serveCalls, tellingLine, workDirPaths } from '@juqueue/core';
import type { ImageName } from '@juqueue/core';

const { workDir } = workerData as { readonly workDir: string };

/** A large image over a slow line; what takes longer hangs. */
const longestPullMs = 2 * 3_600_000;

export interface PulledImage {
  /** When it was pulled; null when there is none. */
  readonly pulledAtMs: number | null;
  readonly bytes: number | null;
  /** Why it is not as new as it was asked to be; null when it is. */
  readonly trouble: string | null;
}

async function look(name: ImageName): Promise<PulledImage> {
  const stats = await stat(pathOf(name)).catch(() => null);
  return {
    pulledAtMs: stats === null ? null : Math.floor(stats.mtimeMs),
    bytes: stats?.isFile() === true ? stats.size : null,
    trouble: null,
  };
}

/**
 * Pulls it into a place of its own and puts that in the place of the one before as a whole: runs that start meanwhile find
 * either. When the registry cannot be reached the one before stays, and the answer says so.
 */
async function pull(name: ImageName): Promise<PulledImage> {
  const target = pathOf(name);
  const fresh = `${target}.new`;
  await mkdir(join(workDir, workDirPaths.images), { recursive: true, mode: 0o700 });
  await rm(fresh, { recursive: true, force: true });
  for (const [program = '', ...args] of commands(name, fresh)) {
    // Only one puller at a time, also when an older manager has not ended yet.
    const trouble = await execute('flock', [`${target}.lock`, program, ...args]);
    if (trouble === null) continue;
    await rm(fresh, { recursive: true, force: true });
    return { ...(await look(name)), trouble };
  }
  const { runtime } = parseImageName(name);
  if (runtime === 'charliecloud') for (const folder of ['work', 'input', 'output']) await mkdir(join(fresh, folder), { recursive: true });
  await rename(target, `${target}.old`).catch(() => undefined);
  await rename(fresh, target);
  await rm(`${target}.old`, { recursive: true, force: true });
  return look(name);
}

function pathOf(name: ImageName): string {
  const path = cachedImage(parseImageName(name));
  if (path === null) throw new Error(`${name} is not kept in the work-dir`);
  return join(workDir, path);
}

function commands(name: ImageName, target: string): readonly (readonly string[])[] {
  const { runtime, image } = parseImageName(name);
  if (runtime !== 'charliecloud') return [[runtime, 'pull', '--force', target, image]];
  const reference = image.replace(/^docker:\/\//, '');
  return [
    ['ch-image', 'pull', reference],
    ['ch-convert', '--in-fmt=ch-image', '--out-fmt=dir', reference, target],
  ];
}

/** Null when it succeeded, else the line that says why not. */
async function execute(program: string, args: readonly string[]): Promise<string | null> {
  const result = await execa(program, args, { timeout: longestPullMs, killDescendants: true, reject: false });
  if (!result.failed) return null;
  return tellingLine(result.stderr) ?? tellingLine(result.stdout) ?? result.shortMessage ?? 'no reason was given';
}

const functions = { look, pull };
export type ImageFunctions = typeof functions;
serveCalls(functions);
