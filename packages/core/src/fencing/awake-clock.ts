import type { FencingTimes } from './fencing-times.ts';

/**
 * The manager's own time without its stalls: the clock by which it is patient with nodes. One per manager, advanced at
 * every wake-up (at least each heartbeat interval) before anything else. A gap longer than `stallMs` adds nothing: in it
 * nobody listened, and what the host's file system client shows may be as old as the gap.
 */
export interface AwakeClock {
  readonly monotonicMs: number;
  readonly awakeMs: number;
}

export function startAwakeClock(monotonicMs: number): AwakeClock {
  return { monotonicMs, awakeMs: 0 };
}

export function wakeUp(clock: AwakeClock, monotonicMs: number, times: FencingTimes): AwakeClock {
  const gapMs = monotonicMs - clock.monotonicMs;
  return { monotonicMs, awakeMs: clock.awakeMs + (gapMs > times.stallMs ? 0 : gapMs) };
}
