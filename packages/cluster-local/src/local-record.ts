import type { AllocationId } from '@juqueue/core';

/**
 * What is known of one local node, in `.juqueue/local/<allocation>.json`. Written before the process is started, so that a
 * manager that dies in between finds at its next start what it may have started.
 */
export interface LocalRecord {
  readonly allocation: AllocationId;
  readonly token: string;
  /** Null until the process was started. */
  readonly process: ProcessName | null;
  readonly startedAtMs: number;
  readonly deadlineMs: number | null;
  /** When we asked it to end. */
  readonly cancelledAtMs: number | null;
  readonly endedAtMs: number | null;
}

/** A process that cannot be confused with a later one of the same number. */
export interface ProcessName {
  readonly pid: number;
  /** In clock ticks since the boot: field 22 of `/proc/<pid>/stat`. */
  readonly startTicks: number;
  readonly bootId: string;
}
