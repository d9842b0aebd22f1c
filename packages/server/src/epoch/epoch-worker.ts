import { mkdir, open, readdir, readFile, rename } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { workerData } from 'node:worker_threads';
import { serveCalls } from '@juqueue/core';
import { startTicksOf } from './boot.ts';
import type { ProcessName } from './boot.ts';

const { epochsDirectory, counterFile, managerFile } = workerData as {
  readonly epochsDirectory: string;
  readonly counterFile: string;
  readonly managerFile: string;
};

async function highest(): Promise<number> {
  const names = await readdir(epochsDirectory);
  return names.reduce((high, name) => (/^\d+$/.test(name) ? Math.max(high, Number(name)) : high), 0);
}

/** Exclusive creation decides between two managers that start at the same moment. False when the epoch exists. */
async function create({ epoch, owner }: { readonly epoch: number; readonly owner: string }): Promise<boolean> {
  await mkdir(epochsDirectory, { recursive: true, mode: 0o700 });
  try {
    const handle = await open(join(epochsDirectory, String(epoch)), 'wx', 0o600);
    try {
      await handle.writeFile(owner);
      await handle.sync();
    } finally {
      await handle.close();
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}

/** Overwritten in place, so that a hung rename can never leave the work-dir without it. */
async function writeCounter(content: string): Promise<void> {
  const handle = await open(counterFile, 'w', 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** What the manager before us left about itself: null when there was none. */
interface SignedManager extends ProcessName {
  readonly epoch: number;
  readonly hasEnded: boolean;
}

async function leftManager(): Promise<{ readonly left: SignedManager; readonly isOfThisBoot: boolean; readonly isAlive: boolean } | null> {
  const text = await readOrNull(managerFile);
  if (text === null) return null;
  const left = JSON.parse(text) as SignedManager;
  const isOfThisBoot = left.host === hostname() && left.bootId === (await bootId());
  return { left, isOfThisBoot, isAlive: isOfThisBoot && (await startTicks(left.pid)) === left.startTicks };
}

/** Signs the work-dir with this process, or with its orderly end. */
async function sign({ epoch, hasEnded }: { readonly epoch: number; readonly hasEnded: boolean }): Promise<void> {
  const left: SignedManager = {
    host: hostname(),
    bootId: await bootId(),
    pid: process.pid,
    startTicks: (await startTicks(process.pid)) ?? '',
    epoch,
    hasEnded,
  };
  const temporary = `${managerFile}.new`;
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.writeFile(JSON.stringify(left));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, managerFile);
}

/** The counter's file as it stands, as one number that changes with every overwrite; null when there is none. */
async function readCounter(): Promise<number | null> {
  const text = await readOrNull(counterFile);
  const [epoch, counter] = text?.trim().split(' ').map(Number) ?? [];
  return epoch === undefined || counter === undefined ? null : epoch * 2 ** 30 + counter;
}

async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}

async function startTicks(pid: number): Promise<string | null> {
  const stat = await readOrNull(`/proc/${pid}/stat`);
  return stat === null ? null : startTicksOf(stat);
}

async function readOrNull(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}

const functions = {
  highest: () => highest(),
  create,
  writeCounter,
  leftManager: () => leftManager(),
  sign,
  readCounter: () => readCounter(),
};
export type EpochFunctions = typeof functions;
serveCalls(functions);
