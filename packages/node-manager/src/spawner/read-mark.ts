import { readFile } from 'node:fs';
import { uptime } from 'node:os';
import { smallestMark } from './inherited-mark.ts';

/** The mark of a process of ours (`self`: of this one); null when it has none that a spawner could have given. */
export async function inheritedMarkOf(pid: number | 'self'): Promise<number | null> {
  const limits = await textOf(`/proc/${pid}/limits`);
  const soft = /^Max file locks\s+(\d+)/m.exec(limits ?? '')?.[1];
  return soft === undefined || Number(soft) < smallestMark ? null : Number(soft);
}

/** Ticks of /proc are hundredths of a second on every architecture that we run on. */
const ticksPerSecond = 100;

/** When it started, on the clock of `performance.now()`; null when it is gone. */
export async function startedAt(pid: number): Promise<number | null> {
  const stat = await textOf(`/proc/${pid}/stat`);
  if (stat === null) return null;
  const ticks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  return performance.now() - (uptime() - ticks / ticksPerSecond) * 1_000;
}

function textOf(path: string): Promise<string | null> {
  return new Promise((resolve) => readFile(path, 'utf8', (error, text) => resolve(error === null ? text : null)));
}
