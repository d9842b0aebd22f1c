import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { workerData } from 'node:worker_threads';
import { allocationConfigFolders, parseRunHistory, runFolder, runId, serveCalls } from '@juqueue/core';
import type { FoundAllocation, RunHistory } from '@juqueue/core';

const { workDir } = workerData as { readonly workDir: string };

/** Enough to keep a metadata server busy, few enough to leave it to others too. */
const readsAtOnce = 16;
/** A history of thousands of attempts is still read whole. */
const historyBytesMax = 16 * 1024 * 1024;

/** The histories of the runs of one experiment that have one. An experiment without a folder costs one look. */
async function histories({
  experiment,
  runs,
}: {
  readonly experiment: string;
  readonly runs: readonly string[];
}): Promise<readonly RunHistory[]> {
  const present = new Set(await entries(join(workDir, experiment)));
  const wanted = runs.filter((run) => present.has(run));
  const found: RunHistory[] = [];
  let next = 0;
  const readOn = async (): Promise<void> => {
    for (let run = wanted[next++]; run !== undefined; run = wanted[next++]) {
      const text = await textOf(join(workDir, runFolder(experiment, run), 'juqueue-run.json'));
      const history = text === null ? null : parseRunHistory(runId(experiment, run), text);
      if (history !== null) found.push(history);
    }
  };
  await Promise.all(Array.from({ length: readsAtOnce }, readOn));
  return found;
}

/** The allocations whose nodes were given a file. */
async function allocations(): Promise<readonly FoundAllocation[]> {
  const found: FoundAllocation[] = [];
  for (const folder of allocationConfigFolders) {
    for (const name of (await entries(join(workDir, folder))).filter((entry) => entry.endsWith('.config.json'))) {
      const allocation = parseAllocation(await textOf(join(workDir, folder, name)));
      if (allocation !== null) found.push(allocation);
    }
  }
  return found;
}

function parseAllocation(text: string | null): FoundAllocation | null {
  try {
    const { allocation, token, slots, walltimeMs } = JSON.parse(text ?? '') as Partial<FoundAllocation>;
    if (typeof allocation !== 'string' || typeof token !== 'string' || typeof slots !== 'number') return null;
    return { allocation, token, slots, walltimeMs: typeof walltimeMs === 'number' ? walltimeMs : null };
  } catch {
    return null;
  }
}

async function entries(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}

/** Null when there is no such regular file; a link is not followed. */
async function textOf(file: string): Promise<string | null> {
  let handle;
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
  try {
    const stats = await handle.stat();
    return stats.isFile() && stats.size <= historyBytesMax ? await handle.readFile('utf8') : null;
  } finally {
    await handle.close();
  }
}

const functions = { histories, allocations: () => allocations() };
export type FindingsFunctions = typeof functions;
serveCalls(functions);
