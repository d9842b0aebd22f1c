import type { FencingTimes } from '../fencing-times.ts';

/**
 * The times in steps: small enough to explore completely, in the order of the real ones, with margins no larger than a step,
 * so that a rule that is off by little more than a step is found out.
 */
export function smallTimes(fsStalenessMs: number): FencingTimes {
  return {
    heartbeatMs: 1,
    fileHeartbeatMs: 1,
    leaseMs: 4,
    killWithinMs: 1,
    leaseMarginMs: 1,
    fsStalenessMs,
    requeueMarginMs: 1,
    linkQuietMs: 2,
    silentAfterMs: 3,
    linkPatienceMs: 3,
    spoolReadMs: 1,
    fenceReadMs: 1,
    stallMs: 1,
    managerCounterMs: 1,
    epochCheckMs: 1,
    takeoverMarginMs: 2,
    predecessorMs: 8,
    noManagerExitMs: 10,
  };
}
