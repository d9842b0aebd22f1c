import { assertNever } from '../model/assert.ts';
import type { Nonce } from '../model/ids.ts';
import type { FencingTimes } from './fencing-times.ts';
import type { Instant } from './instant.ts';
import { elapsedMs } from './instant.ts';
import type { StaleReason } from './stale-messages.ts';
import { whyNodeDrops } from './stale-messages.ts';

/**
 * A node's right to execute runs, under one nonce (rules 1 to 3).
 *
 * waiting  never renewed: no manager has answered. It holds no attempts and accepts none.
 * alive    renewed less than `leaseMs` ago, by an answered heartbeat or a completed overwrite.
 * ended    not renewed in time. Final: the node kills its runs within `killWithinMs`, records that, and goes on under a new
 *          nonce (`renameLease`).
 *
 * waiting → alive by the first renewal; alive → ended by time alone, and every input looks at the time first: whatever a
 * thawed node finds in its sockets, it learns that its lease is over before it reads a word. The hello is a heartbeat too
 * and the welcome its answer. Ignored: answers to unknown numbers, completions of other overwrites, overwrites begun
 * before the manager's challenge was read in this nonce's folder (the work-dir may not be shared), lower epochs.
 *
 * Shells pass the instant *before* the deed for `-sent` and `-begun`, and the instant of the wake-up for the rest.
 */
export interface NodeLease {
  readonly nonce: Nonce;
  /** The highest epoch it has seen; 0 before any. */
  readonly epoch: number;
  readonly bornAt: Instant;
  /** The newest instant from which the lease runs; null while waiting. */
  readonly renewedAt: Instant | null;
  /** When the newest answered heartbeat was sent; null when none was answered. */
  readonly answeredAt: Instant | null;
  /** Oldest first; those that could renew nothing any more are left out. */
  readonly unanswered: readonly { readonly number: number; readonly sentAt: Instant }[];
  readonly overwrite: { readonly counter: number; readonly begunAt: Instant; readonly isShared: boolean } | null;
  /** The manager's challenge as read through the work-dir, to be echoed; null before. */
  readonly challenge: string | null;
  readonly isEnded: boolean;
}

export type LeaseInput =
  | { readonly kind: 'woke-up' }
  | { readonly kind: 'heartbeat-sent'; readonly number: number }
  | { readonly kind: 'heartbeat-answered'; readonly number: number; readonly epoch: number }
  | { readonly kind: 'overwrite-begun'; readonly counter: number }
  | { readonly kind: 'overwrite-completed'; readonly counter: number }
  | { readonly kind: 'challenge-read'; readonly challenge: string; readonly epoch: number }
  /** Any other word of a manager, by link or by file; `nonce` where it names one (fence order). */
  | { readonly kind: 'order-read'; readonly epoch: number; readonly nonce?: Nonce };

export type LeaseVerdict =
  /** Obey the order only with this verdict. */
  | { readonly kind: 'alive'; readonly endsInMs: number }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'dropped'; readonly because: StaleReason }
  /** Kill all runs, record it, rename. The input was not read. */
  | { readonly kind: 'ended' };

export interface LeaseStep {
  readonly lease: NodeLease;
  readonly verdict: LeaseVerdict;
}

export function startLease(nonce: Nonce, now: Instant): NodeLease {
  return {
    nonce,
    epoch: 0,
    bornAt: now,
    renewedAt: null,
    answeredAt: null,
    unanswered: [],
    overwrite: null,
    challenge: null,
    isEnded: false,
  };
}

/** The empty life after the end of a lease. What it knows of managers stays. */
export function renameLease(ended: NodeLease, nonce: Nonce, now: Instant): NodeLease {
  return { ...startLease(nonce, now), epoch: ended.epoch };
}

export function stepLease(lease: NodeLease, input: LeaseInput, now: Instant, times: FencingTimes): LeaseStep {
  if (lease.isEnded || leaseEndsInMs(lease, now, times) <= 0) return { lease: { ...lease, isEnded: true }, verdict: { kind: 'ended' } };
  if ('epoch' in input) {
    const because = whyNodeDrops(lease, input);
    if (because !== null) return { lease, verdict: { kind: 'dropped', because } };
  }
  const next = readInput(lease, input, now, times);
  return {
    lease: next,
    verdict: next.renewedAt === null ? { kind: 'waiting' } : { kind: 'alive', endsInMs: leaseEndsInMs(next, now, times) },
  };
}

/** How long it lasts without a further renewal; the shell sets its alarm by it. Infinite while waiting. */
function leaseEndsInMs(lease: NodeLease, now: Instant, times: FencingTimes): number {
  return lease.renewedAt === null ? Infinity : times.leaseMs - elapsedMs(lease.renewedAt, now);
}

function readInput(lease: NodeLease, input: LeaseInput, now: Instant, times: FencingTimes): NodeLease {
  switch (input.kind) {
    case 'woke-up':
      return lease;
    case 'heartbeat-sent': {
      const useful = lease.unanswered.filter(({ sentAt }) => elapsedMs(sentAt, now) < times.leaseMs);
      return { ...lease, unanswered: [...useful, { number: input.number, sentAt: now }] };
    }
    case 'heartbeat-answered': {
      const answered = lease.unanswered.find(({ number }) => number === input.number);
      const known = { ...lease, epoch: input.epoch };
      if (answered === undefined) return known;
      const unanswered = lease.unanswered.filter(({ number }) => number > input.number);
      return { ...renew(known, answered.sentAt, now), answeredAt: answered.sentAt, unanswered };
    }
    case 'overwrite-begun':
      return { ...lease, overwrite: { counter: input.counter, begunAt: now, isShared: lease.challenge !== null } };
    case 'overwrite-completed': {
      const { overwrite } = lease;
      if (overwrite === null || overwrite.counter !== input.counter) return lease;
      const completed = { ...lease, overwrite: null };
      return overwrite.isShared ? renew(completed, overwrite.begunAt, now) : completed;
    }
    case 'challenge-read':
      return { ...lease, epoch: input.epoch, challenge: input.challenge };
    case 'order-read':
      return { ...lease, epoch: input.epoch };
    default:
      return assertNever(input);
  }
}

/** The later of the two renewals counts; which that is, both clocks decide from now. */
function renew(lease: NodeLease, from: Instant, now: Instant): NodeLease {
  const isLater = lease.renewedAt === null || elapsedMs(from, now) < elapsedMs(lease.renewedAt, now);
  return isLater ? { ...lease, renewedAt: from } : lease;
}
