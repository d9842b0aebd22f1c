import { randomInt } from 'node:crypto';

/** Above every limit that anybody sets. */
export const smallestMark = 2 ** 40;

/**
 * The mark that no program sheds: the soft limit of file locks, which kernels since 2.4.25 keep for every process, hand on
 * through fork, exec and new sessions, and do not use. Each spawner gets a number of its own, and everything that it starts
 * has it, also what cleared its environment, changed its session and lost its parent. Null where `prlimit` is missing.
 */
export function newInheritedMark(): number {
  return randomInt(smallestMark, 2 ** 47);
}

/**
 * Runs a program under a mark: `[program, arguments]`. The shell stays the same process, and where the limit cannot be set
 * the program runs without it.
 */
export function underMark(mark: number, program: string, args: readonly string[]): readonly [string, readonly string[]] {
  return [
    '/bin/sh',
    ['-c', 'mark=$1; shift; prlimit --locks="$mark:" --pid $$ 2>/dev/null; exec "$@"', 'sh', String(mark), program, ...args],
  ];
}
