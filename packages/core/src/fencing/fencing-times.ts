import { assert } from '../model/assert.ts';

/** All times of the fencing rules, in milliseconds. The manager sends its own to each node in the welcome. */
export interface FencingTimes {
  readonly heartbeatMs: number;
  readonly fileHeartbeatMs: number;
  readonly leaseMs: number;
  readonly killWithinMs: number;
  readonly leaseMarginMs: number;
  readonly fsStalenessMs: number;
  readonly requeueMarginMs: number;
  readonly linkQuietMs: number;
  readonly silentAfterMs: number;
  readonly linkPatienceMs: number;
  readonly spoolReadMs: number;
  readonly fenceReadMs: number;
  readonly stallMs: number;
  readonly managerCounterMs: number;
  readonly epochCheckMs: number;
  readonly takeoverMarginMs: number;
  readonly predecessorMs: number;
  readonly noManagerExitMs: number;
}

export const defaultFencingTimes: FencingTimes = {
  /** Node → manager over the link. A thousand nodes are 200 small messages a second. */
  heartbeatMs: 5_000,
  /** Node → work-dir. Each is one fsync; a parallel file system bears a thousand nodes at this rate. */
  fileHeartbeatMs: 15_000,
  /** Six file heartbeats: an fsync that takes a minute does not end it. */
  leaseMs: 90_000,
  /** From the end of the lease until the last process of its runs is dead. */
  killWithinMs: 10_000,
  /** What the manager grants the node for that. */
  leaseMarginMs: 10_000,
  /** Attribute caches (NFS acregmax, acdirmax) show the past for up to a minute. 0 when the work-dir is on a local disk. */
  fsStalenessMs: 60_000,
  /** Clock drift over the other spans, a late timer, and one stall that was too short to be noticed. */
  requeueMarginMs: 20_000,
  /** Three heartbeats: from here on the manager looks into the node's folder. */
  linkQuietMs: 15_000,
  /** A file heartbeat, a read and as much again: longer silence is no accident, replacement is requested. */
  silentAfterMs: 45_000,
  /** Runs whose node lost only its link go on; most network faults are over by then. */
  linkPatienceMs: 600_000,
  spoolReadMs: 15_000,
  fenceReadMs: 15_000,
  /** Twice the interval at which the manager wakes up. In a longer gap it was not there, and no cache of its host need have aged. */
  stallMs: 10_000,
  managerCounterMs: 5_000,
  /** A right to act older than this is confirmed before it is used. */
  epochCheckMs: 5_000,
  /** Six overwrites of the manager's counter. */
  takeoverMarginMs: 30_000,
  /**
   * How long a manager goes on renewing leases by link while it cannot confirm its epoch, and so how much longer its successor
   * on another host waits for nodes that do not know the successor yet. Longer than file systems hang.
   */
  predecessorMs: 1_800_000,
  /** A node that never found a manager costs its hour for nothing. */
  noManagerExitMs: 600_000,
};

/** The silence after which a node that knows this manager's epoch is proven to execute nothing (rule 5c). */
export function requeueAfterMs(times: FencingTimes): number {
  return times.leaseMs + times.leaseMarginMs + times.fsStalenessMs + times.requeueMarginMs;
}

/** Throws when two times contradict each other; called with configured times at start, where a wrong one is still cheap. */
export function assertFencingTimes(times: FencingTimes): void {
  for (const [name, ms] of Object.entries(times)) assert(Number.isFinite(ms) && ms >= 0, `${name} is a duration, not ${ms}`);
  const isLonger = (longer: keyof FencingTimes, factor: number, shorter: keyof FencingTimes): void =>
    assert(
      times[longer] > factor * times[shorter],
      `${longer} (${times[longer]}) is longer than ${factor} × ${shorter} (${times[shorter]})`,
    );
  const isNotShorter = (longer: keyof FencingTimes, shorter: keyof FencingTimes): void =>
    assert(times[longer] >= times[shorter], `${longer} (${times[longer]}) is not shorter than ${shorter} (${times[shorter]})`);
  isLonger('leaseMs', 2, 'heartbeatMs');
  isLonger('leaseMs', 2, 'fileHeartbeatMs');
  isNotShorter('leaseMarginMs', 'killWithinMs');
  isNotShorter('stallMs', 'heartbeatMs');
  isNotShorter('requeueMarginMs', 'stallMs');
  isNotShorter('linkQuietMs', 'heartbeatMs');
  isLonger('leaseMs', 1, 'linkQuietMs');
  isLonger('silentAfterMs', 1, 'fileHeartbeatMs');
  isLonger('linkPatienceMs', 1, 'linkQuietMs');
  isLonger('takeoverMarginMs', 1, 'managerCounterMs');
  isLonger('takeoverMarginMs', 1, 'epochCheckMs');
  isNotShorter('predecessorMs', 'leaseMs');
  assert(requeueAfterMs(times) > times.silentAfterMs, 'a node is silent before its runs are put back');
}
