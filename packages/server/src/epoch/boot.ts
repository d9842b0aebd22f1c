/** One process of one boot of one host; a process id alone comes back. */
export interface ProcessName {
  readonly host: string;
  readonly bootId: string;
  readonly pid: number;
  /** In clock ticks after the boot, as /proc says. */
  readonly startTicks: string;
}

/** Field 22 of `/proc/<pid>/stat`; the program's name before it may hold anything but a line's end. */
export function startTicksOf(stat: string): string {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}
