import { spawn } from 'node:child_process';
import { mkdir, open, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { workerData } from 'node:worker_threads';
import { serveCalls } from '@juqueue/core';

/** What a restarted manager has to know of a NodeManager process; kept in a file of its own per allocation. */
export interface LocalAllocation {
  readonly allocation: string;
  readonly token: string;
  readonly pid: number;
  /** In clock ticks after the boot: tells this process from a later one of the same id. */
  readonly startTicks: string;
  readonly startedAtMs: number;
  readonly deadlineMs: number | null;
  readonly endedAtMs: number | null;
}

export interface LaunchRequest {
  readonly allocation: string;
  readonly token: string;
  readonly deadlineMs: number | null;
  /** Content of the NodeManager's config file. */
  readonly config: string;
}

const { workDir, directory, nodeBinary, bundle } = workerData as { readonly workDir: string; readonly directory: string; readonly nodeBinary: string; readonly bundle: string };

/** Starts a NodeManager that outlives this process, and notes who it is. */
async function launch({ allocation, token, deadlineMs, config }: LaunchRequest): Promise<LocalAllocation> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const configFile = join(directory, `${allocation}.config.json`);
  await write(configFile, config);
  const log = await open(join(directory, `${allocation}.log`), 'a', 0o600);
  try {
    const child = spawn(nodeBinary, [bundle, '--work-dir', workDir, '--allocation', allocation, '--config', configFile], { cwd: workDir, detached: true, stdio: ['ignore', log.fd, log.fd] });
    const { pid } = child;
    if (pid === undefined) throw await new Promise<Error>((resolve) => child.once('error', resolve));
    child.unref();
    const started: LocalAllocation = { allocation, token, pid, startTicks: (await startTicks(pid)) ?? '', startedAtMs: Date.now(), deadlineMs, endedAtMs: null };
    await note(started);
    return started;
  } finally {
    await log.close();
  }
}

/** The allocations of these tokens, those that have ended meanwhile marked so. */
async function look(tokens: readonly string[]): Promise<readonly LocalAllocation[]> {
  const wanted = new Set(tokens);
  const found: LocalAllocation[] = [];
  for (const name of await names()) {
    const noted = JSON.parse(await readFile(join(directory, name), 'utf8')) as LocalAllocation;
    if (!wanted.has(noted.token)) continue;
    const current = await withEnd(noted);
    if (current !== noted) await note(current);
    found.push(current);
  }
  return found;
}

async function withEnd(noted: LocalAllocation): Promise<LocalAllocation> {
  if (noted.endedAtMs !== null || (await isAlive(noted))) return noted;
  return { ...noted, endedAtMs: Math.min(Date.now(), noted.deadlineMs ?? Number.POSITIVE_INFINITY) };
}

/** Sends the signal to those that still live; a process id that was given away meanwhile is left alone. */
async function signal({ tokens, signal: name }: { readonly tokens: readonly string[]; readonly signal: 'SIGTERM' | 'SIGKILL' }): Promise<void> {
  for (const found of await look(tokens)) {
    if (found.endedAtMs === null && (await isAlive(found))) process.kill(found.pid, name);
  }
}

async function isAlive({ pid, startTicks: ticks }: LocalAllocation): Promise<boolean> {
  return (await startTicks(pid)) === ticks;
}

/** Null when there is no such process, or only its remains that nobody has reaped yet. */
async function startTicks(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}

async function names(): Promise<readonly string[]> {
  try {
    return (await readdir(directory)).filter((name) => name.endsWith('.json') && !name.endsWith('.config.json'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function note(allocation: LocalAllocation): Promise<void> {
  await write(join(directory, `${allocation.allocation}.json`), JSON.stringify(allocation));
}

async function write(file: string, content: string): Promise<void> {
  const handle = await open(`${file}.new`, 'w', 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${file}.new`, file);
}

const functions = { launch, look, signal };
export type LocalAllocationsFunctions = typeof functions;
serveCalls(functions);
