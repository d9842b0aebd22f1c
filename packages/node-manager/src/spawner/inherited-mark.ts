import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs';
import { uptime } from 'node:os';

/**
 * The mark that no program sheds: the soft limit of file locks, which kernels since 2.4.25 keep for every process, hand on
 * through fork, exec and new sessions, and do not use. Each spawner gets a number of its own, and everything that it starts
 * has it, also what cleared its environment, changed its session and lost its parent. Null where `prlimit` is missing.
 */
export function newInheritedMark(): number {
  return randomInt(2 ** 40, 2 ** 47);
}

/**
 * Runs a program under a mark: `[program, arguments]`. The shell stays the same process, and where the limit cannot be set
 * the program runs without it.
 */
export function underMark(mark: number, program: string, args: readonly string[]): readonly [string, readonly string[]] {
  return ['/bin/sh', ['-c', 'mark=$1; shift; prlimit --locks="$mark:" --pid $$ 2>/dev/null; exec "$@"', 'sh', String(mark), program, ...args]];
}

/** The mark of a process of ours (`self`: of this one); null when it has none that a spawner could have given. */
export async function inheritedMarkOf(pid: number | 'self'): Promise<number | null> {
  const limits = await textOf(`/proc/${pid}/limits`);
  const soft = /^Max file locks\s+(\d+)/m.exec(limits ?? '')?.[1];
  return soft === undefined || Number(soft) < 2 ** 40 ? null : Number(soft);
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
