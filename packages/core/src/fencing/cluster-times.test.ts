import { describe, expect, it } from 'vitest';
import type { ClusterFencing } from '../model/definition.ts';
import { fencingBounds, timesOfNode } from './cluster-times.ts';
import { assertFencingTimes, defaultFencingTimes as times, requeueAfterMs } from './fencing-times.ts';

const silent: ClusterFencing = { leaseMs: null, fsStalenessMs: null, linkPatienceMs: null, onManagerLost: { kind: 'finish' } };

describe('the times of a node', () => {
  it('are the manager’s where its cluster says nothing', () => {
    expect(timesOfNode(times, null, silent)).toEqual(times);
    expect(timesOfNode(times, null, null)).toEqual(times);
    expect(timesOfNode(times, times.leaseMs, silent)).toEqual(times);
  });

  it('agree with each other at both ends of what may be asked for', () => {
    for (const leaseMs of fencingBounds.leaseMs) {
      for (const fsStalenessMs of fencingBounds.fsStalenessMs) {
        for (const linkPatienceMs of fencingBounds.linkPatienceMs) {
          expect(() => assertFencingTimes(timesOfNode(times, leaseMs, { ...silent, fsStalenessMs, linkPatienceMs }))).not.toThrow();
        }
      }
    }
  });

  it('with a lease of 15 s on a local disk give a silent node up after 45 s instead of 180 s', () => {
    const short = timesOfNode(times, 15_000, { ...silent, fsStalenessMs: 0 });
    expect(requeueAfterMs(short)).toBe(45_000);
    expect([short.heartbeatMs, short.fileHeartbeatMs, short.linkQuietMs, short.silentAfterMs]).toEqual([2_500, 2_500, 7_500, 7_500]);
  });

  it('with a longer lease renew as often as before', () => {
    const long = timesOfNode(times, 600_000, silent);
    expect({ ...long, leaseMs: 0 }).toEqual({ ...times, leaseMs: 0 });
  });

  it('keep the lease of the allocation when the cluster’s definition changes', () => {
    expect(timesOfNode(times, 90_000, { ...silent, leaseMs: 15_000 }).leaseMs).toBe(90_000);
  });
});
