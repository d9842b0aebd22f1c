import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';

/** How much memory the processes of this node may hold together: that of the machine, or the limit of our control group. */
export function memoryOfNode(): number {
  return Math.min(totalmem(), ...limits());
}

/** Of version 2 of control groups, and of the memory controller of version 1; those of the groups above count as well. */
function limits(): readonly number[] {
  const groups = readOrNull('/proc/self/cgroup') ?? '';
  const unified = /^0::(.*)$/m.exec(groups)?.[1];
  const memory = /^\d+:memory:(.*)$/m.exec(groups)?.[1];
  return [...pathsUp('/sys/fs/cgroup', unified, 'memory.max'), ...pathsUp('/sys/fs/cgroup/memory', memory, 'memory.limit_in_bytes')]
    .map((path) => Number(readOrNull(path) ?? Number.NaN))
    .filter((bytes) => Number.isFinite(bytes));
}

function pathsUp(root: string, group: string | undefined, file: string): readonly string[] {
  if (group === undefined) return [];
  const parts = group.split('/').filter((part) => part !== '');
  return Array.from({ length: parts.length + 1 }, (_, depth) => [root, ...parts.slice(0, depth), file].join('/'));
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}
