/**
 * What a state of Slurm means for an allocation.
 *
 * waiting   in the queue, nothing is billed.
 * running   it has its node, or is just giving it back; billed.
 * requeued  its execution is over, but the same job number waits for another one, which nobody wants.
 * ended     over.
 */
export type JobPhase = 'waiting' | 'running' | 'requeued' | 'ended';

/** Every state of Slurm 20.11 to 25.11 that squeue or sacct may show; COMPLETING and its like hide the state below. */
const phases: Readonly<Record<string, JobPhase>> = {
  PENDING: 'waiting',
  /** Its node boots or is prepared; it is billed from then on. */
  CONFIGURING: 'running',
  RUNNING: 'running',
  SUSPENDED: 'running',
  STOPPED: 'running',
  SIGNALING: 'running',
  RESIZING: 'running',
  COMPLETING: 'running',
  STAGE_OUT: 'running',
  REQUEUED: 'requeued',
  REQUEUE_HOLD: 'requeued',
  REQUEUE_FED: 'requeued',
  SPECIAL_EXIT: 'requeued',
  EXPEDITING: 'requeued',
  /** Held because its reservation was deleted; it never ran. */
  RESV_DEL_HOLD: 'waiting',
  COMPLETED: 'ended',
  CANCELLED: 'ended',
  FAILED: 'ended',
  TIMEOUT: 'ended',
  DEADLINE: 'ended',
  NODE_FAIL: 'ended',
  BOOT_FAIL: 'ended',
  LAUNCH_FAILED: 'ended',
  OUT_OF_MEMORY: 'ended',
  PREEMPTED: 'ended',
  /** A sibling cluster of the federation took it over; here it is over. */
  REVOKED: 'ended',
};

/** The meaning of the state; null for a word that we do not know, which means: keep watching, say nothing. */
export function jobPhase(state: string): JobPhase | null {
  return phases[firstWord(state)] ?? null;
}

/** `CANCELLED` of `CANCELLED by 1000`, and of `CANCELLED+`. */
export function firstWord(state: string): string {
  return /^[A-Z_]+/.exec(state)?.[0] ?? '';
}

/** Ends that speak against the host when they come within seconds of the start. */
const hostFaults: ReadonlySet<string> = new Set(['FAILED', 'NODE_FAIL', 'BOOT_FAIL', 'LAUNCH_FAILED', 'OUT_OF_MEMORY']);

export function blamesHost(state: string): boolean {
  return hostFaults.has(firstWord(state));
}
