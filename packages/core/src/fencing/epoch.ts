import type { FencingTimes } from './fencing-times.ts';
import type { Instant } from './instant.ts';
import { elapsedMs } from './instant.ts';

/**
 * A manager's right to act: that its epoch is the highest (rule 8).
 *
 * new         its epoch exists, but the manager before it may not have seen that yet: it serves and acts on nothing. Skipped when
 *             the predecessor is proven gone.
 * confirmed   a check that began less than `epochCheckMs` ago found no higher epoch.
 * unsure      older than that: check again before the next commit or effect; heartbeats are answered meanwhile.
 * superseded  a higher epoch was seen, anywhere. Final: the manager exits.
 *
 * new → confirmed by time and a check; confirmed → unsure by time; unsure → confirmed by a check; any → superseded. A check that
 * hangs moves nothing. A check counts from its beginning: what it found may have been true only then. After a stall of this
 * host nothing counts until its caches have aged: they may show the epochs as they were before the stall.
 */
export interface EpochRight {
  readonly epoch: number;
  readonly createdAt: Instant;
  readonly isPredecessorGone: boolean;
  readonly confirmedAt: Instant;
  readonly checkBeganAt: Instant | null;
  /** The newest wake-up, and when the newest stall was noticed; null while there was none. */
  readonly awakeAt: Instant;
  readonly stalledUntil: Instant | null;
  readonly isSuperseded: boolean;
}

/**
 * Creating the epoch's file exclusively is the first check, and counts from its beginning (`begunAt`). A predecessor can see
 * the file only from the end of the call on (`createdAt`), which on a disk that hangs is much later.
 */
export function startEpoch(epoch: number, isPredecessorGone: boolean, begunAt: Instant, createdAt: Instant = begunAt): EpochRight {
  return {
    epoch,
    createdAt,
    isPredecessorGone,
    confirmedAt: begunAt,
    checkBeganAt: null,
    awakeAt: createdAt,
    stalledUntil: null,
    isSuperseded: false,
  };
}

/** To be called before anything is asked, and at least every heartbeat interval: a longer gap than `stallMs` was a stall. */
export function wokeUp(right: EpochRight, now: Instant, times: FencingTimes): EpochRight {
  const isStall = elapsedMs(right.awakeAt, now) > times.stallMs;
  return { ...right, awakeAt: now, stalledUntil: isStall ? now : right.stalledUntil };
}

export function checkBegan(right: EpochRight, now: Instant): EpochRight {
  return { ...right, checkBeganAt: now };
}

/** Folds the highest epoch that a completed check found. */
export function checkCompleted(right: EpochRight, highestEpoch: number): EpochRight {
  const seen = sawEpoch(right, highestEpoch);
  return { ...seen, confirmedAt: right.checkBeganAt ?? right.confirmedAt, checkBeganAt: null };
}

/** An epoch met anywhere: in a check, a message, a file. */
export function sawEpoch(right: EpochRight, epoch: number): EpochRight {
  return epoch > right.epoch ? { ...right, isSuperseded: true } : right;
}

export type ActVerdict =
  | { readonly kind: 'act' }
  | { readonly kind: 'check-first' }
  | { readonly kind: 'wait'; readonly remainingMs: number }
  | { readonly kind: 'exit' };

/** May this manager commit or send an effect now? Asked before each one, the effect of a commit included. */
export function mayAct(right: EpochRight, now: Instant, times: FencingTimes): ActVerdict {
  if (right.isSuperseded) return { kind: 'exit' };
  const settlesInMs = right.isPredecessorGone ? 0 : settleMs(times) - (now.monotonicMs - right.createdAt.monotonicMs);
  const agesInMs = right.stalledUntil === null ? 0 : times.fsStalenessMs - (now.monotonicMs - right.stalledUntil.monotonicMs);
  const remainingMs = Math.max(settlesInMs, agesInMs);
  if (remainingMs > 0) return { kind: 'wait', remainingMs };
  return elapsedMs(right.confirmedAt, now) <= times.epochCheckMs ? { kind: 'act' } : { kind: 'check-first' };
}

/**
 * May it answer a heartbeat now? An answer renews a lease, yet a file system that hangs must stop no run: so answers go on for
 * `predecessorMs` after the last confirmation, and a successor on another host grants just that to nodes it has not reached.
 */
export function mayAnswer(right: EpochRight, now: Instant, times: FencingTimes): boolean {
  return !right.isSuperseded && elapsedMs(right.confirmedAt, now) <= times.predecessorMs;
}

/** By then a predecessor that can read sees the new epoch, and the right of one that cannot has run out. */
function settleMs(times: FencingTimes): number {
  return times.fsStalenessMs + times.epochCheckMs;
}
