import { readFileSync } from 'node:fs';

/** A process named so that a later one with the same number is not mistaken for it. */
export interface ProcessOwner {
  readonly pid: number;
  /** Clock ticks from boot to its start. */
  readonly startTicks: string;
  readonly bootId: string;
}

export function thisProcess(): ProcessOwner {
  const startTicks = startTicksOf(process.pid);
  if (startTicks === undefined) throw new Error('/proc does not show this process');
  return { pid: process.pid, startTicks, bootId: bootId() };
}

export function isAlive(owner: ProcessOwner): boolean {
  return owner.bootId === bootId() && startTicksOf(owner.pid) === owner.startTicks;
}

function startTicksOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, field 2, may contain blanks and parentheses; the fields after its last parenthesis begin with the third.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[22 - 3];
  } catch {
    return undefined;
  }
}

/** A name for the time since this machine was started. */
export const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
