import { describe, expect, it } from 'vitest';
import { defaultFencingTimes as times } from './fencing-times.ts';
import type { Instant } from './instant.ts';
import type { NodeLoad } from './without-manager.ts';
import { startLease, stepLease } from './node-lease.ts';
import { withoutManager } from './without-manager.ts';

const at = (seconds: number): Instant => ({ monotonicMs: seconds * 1_000, wallMs: seconds * 1_000 });
const born = startLease('n1', at(0));
const known = stepLease(
  stepLease(born, { kind: 'heartbeat-sent', number: 1 }, at(0), times).lease,
  { kind: 'heartbeat-answered', number: 1, epoch: 1 },
  at(0),
  times,
).lease;
const busy: NodeLoad = { idleSince: null, idleTimeoutMs: 30_000, onManagerLost: { kind: 'finish' } };

describe('a node without a manager', () => {
  it('leaves after 10 min when it never found one', () => {
    expect(withoutManager(born, { ...busy, idleSince: at(0) }, at(599), times)).toBe('stay');
    expect(withoutManager(born, { ...busy, idleSince: at(0) }, at(600), times)).toBe('leave');
  });

  it('finishes its runs, then leaves after the idle timeout', () => {
    expect(withoutManager(known, busy, at(36_000), times)).toBe('stay');
    expect(withoutManager(known, { ...busy, idleSince: at(100) }, at(129), times)).toBe('stay');
    expect(withoutManager(known, { ...busy, idleSince: at(100) }, at(130), times)).toBe('leave');
  });

  it('gives a manager that is only just lost the idle timeout to come back, however long it has been idle', () => {
    expect(withoutManager(known, { ...busy, idleSince: at(0) }, at(44), times)).toBe('stay');
    expect(withoutManager(known, { ...busy, idleSince: at(0) }, at(45), times)).toBe('leave');
  });

  it('stops its runs after the time that was asked for', () => {
    const stopping: NodeLoad = { ...busy, onManagerLost: { kind: 'stop', afterMs: 3_600_000 } };
    expect(withoutManager(known, stopping, at(3_614), times)).toBe('stay');
    expect(withoutManager(known, stopping, at(3_615), times)).toBe('stop-runs');
  });
});
