import { readdirSync, readFileSync } from 'node:fs';
import type { ProcessName } from './local-record.ts';

/** The full name of a living process; null when there is none of this number. */
export function nameProcess(pid: number): ProcessName | null {
  const stat = readOrNull(`/proc/${pid}/stat`);
  if (stat === null) return null;
  // The command stands in parentheses and may hold any character; fields are counted from behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return null;
  return { pid, startTicks: Number(fields[19]), bootId: bootId() };
}

export function isAlive(name: ProcessName): boolean {
  const present = nameProcess(name.pid);
  return present !== null && present.startTicks === name.startTicks && present.bootId === name.bootId;
}

/** The process whose arguments hold all of these; null when there is none. */
export function findByArguments(wanted: readonly string[]): ProcessName | null {
  for (const pid of readdirSync('/proc').map(Number).filter(Number.isInteger)) {
    const argv = readOrNull(`/proc/${pid}/cmdline`)?.split('\0') ?? [];
    if (wanted.every((argument) => argv.includes(argument))) return nameProcess(pid);
  }
  return null;
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
