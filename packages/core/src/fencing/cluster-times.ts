import type { ClusterFencing } from '../model/definition.ts';
import { assert } from '../model/assert.ts';
import type { FencingTimes } from './fencing-times.ts';
import { assertFencingTimes } from './fencing-times.ts';

/** What may be asked for, as `[shortest, longest]`; at its ends all times still agree with each other. */
export const fencingBounds = {
  /** Shorter ones end by the pauses that every machine makes; longer ones outlast what a manager's predecessor may renew. */
  leaseMs: [10_000, 1_800_000],
  fsStalenessMs: [0, 3_600_000],
  /** Beyond three heartbeats, below the longest walltimes. */
  linkPatienceMs: [30_000, 7 * 86_400_000],
} as const satisfies Partial<Record<keyof FencingTimes, readonly [number, number]>>;

/** A lease is renewed six times in its length by either channel, so that five renewals may fail. */
const renewalsPerLease = 6;
/** Three missed renewals are no accident. */
const missedRenewals = 3;

/**
 * The manager's times as they hold for one node: with the lease that its allocation was requested with (`leaseMs`, null for
 * the manager's own), and what its cluster says now about the rest. A lease must not change in the life of an allocation: a
 * node that was told 90 s may execute for 90 s, whatever its manager reads later. Shorter leases shorten what is derived
 * from them, longer ones lengthen nothing but the lease.
 */
export function timesOfNode(times: FencingTimes, leaseMs: number | null, fencing: ClusterFencing | null): FencingTimes {
  const withLease = leaseMs === null ? times : timesWithLease(times, leaseMs);
  const { fsStalenessMs, linkPatienceMs } = fencing ?? {};
  return {
    ...withLease,
    fsStalenessMs: fsStalenessMs ?? withLease.fsStalenessMs,
    linkPatienceMs: linkPatienceMs ?? withLease.linkPatienceMs,
  };
}

function timesWithLease(times: FencingTimes, leaseMs: number): FencingTimes {
  assert(leaseMs >= fencingBounds.leaseMs[0], `a lease of ${leaseMs} ms is long enough to be renewed`);
  const renewMs = Math.floor(leaseMs / renewalsPerLease);
  const shorter = (key: keyof FencingTimes, ms: number): number => Math.min(times[key], ms);
  const derived: FencingTimes = {
    ...times,
    leaseMs,
    heartbeatMs: shorter('heartbeatMs', renewMs),
    fileHeartbeatMs: shorter('fileHeartbeatMs', renewMs),
    spoolReadMs: shorter('spoolReadMs', renewMs),
    fenceReadMs: shorter('fenceReadMs', renewMs),
    linkQuietMs: shorter('linkQuietMs', missedRenewals * renewMs),
    silentAfterMs: shorter('silentAfterMs', missedRenewals * renewMs),
  };
  assertFencingTimes(derived);
  return derived;
}
