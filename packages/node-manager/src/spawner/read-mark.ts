import { readFile, readFileSync } from 'node:fs';
import { smallestMark } from './inherited-mark.ts';

/** The mark of a process of ours (`self`: of this one); null when it has none that a spawner could have given. */
export async function inheritedMarkOf(pid: number | 'self'): Promise<number | null> {
  const limits = await textOf(`/proc/${pid}/limits`);
  const soft = /^Max file locks\s+(\d+)/m.exec(limits ?? '')?.[1];
  return soft === undefined || Number(soft) < smallestMark ? null : Number(soft);
}

/**
 * When a process started, in the kernel's ticks: by them it is told who was there before whom. Null when it is gone. Read
 * without waiting: unlike `environ` this file takes no lock of the process's memory, so that it never hangs.
 */
export function startTicksOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ', 20)[19]);
  } catch {
    return null;
  }
}

function textOf(path: string): Promise<string | null> {
  return new Promise((resolve) => readFile(path, 'utf8', (error, text) => resolve(error === null ? text : null)));
}
