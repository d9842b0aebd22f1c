import { assertNever } from '../model/assert.ts';
import type { FencingTimes } from './fencing-times.ts';
import type { Stillness } from './stillness.ts';

/** What a starting manager finds about the one before it in the same work-dir. */
export type Predecessor =
  | { readonly kind: 'none' }
  /** It recorded its end. */
  | { readonly kind: 'ended' }
  /** Same host and boot: `isAlive` when a process of the recorded pid has the recorded start time. */
  | { readonly kind: 'same-host'; readonly isAlive: boolean }
  /** Its counter, watched with an awake clock; `hasAnswered` when it spoke at the address it left. */
  | { readonly kind: 'other-host'; readonly counter: Stillness; readonly hasAnswered: boolean };

/**
 * watch     not known yet: read its counter again.
 * refuse    another manager lives; say its host and pid.
 * start     take the next epoch; `isPredecessorGone` goes into the epoch's right and the patience with nodes.
 */
export type SecondStart =
  | { readonly kind: 'watch'; readonly remainingMs: number }
  | { readonly kind: 'refuse' }
  | { readonly kind: 'start'; readonly isPredecessorGone: boolean };

/** May a second manager start (rule 8)? `firstCounter` is what the first completed read of the counter showed. */
export function judgeSecondStart(predecessor: Predecessor, firstCounter: number | null, times: FencingTimes): SecondStart {
  switch (predecessor.kind) {
    case 'none':
    case 'ended':
      return { kind: 'start', isPredecessorGone: true };
    case 'same-host':
      return predecessor.isAlive ? { kind: 'refuse' } : { kind: 'start', isPredecessorGone: true };
    case 'other-host': {
      const { counter, hasAnswered } = predecessor;
      if (hasAnswered || counter.counter !== firstCounter) return { kind: 'refuse' };
      const remainingMs = times.fsStalenessMs + times.takeoverMarginMs - counter.stillMs;
      return remainingMs > 0 ? { kind: 'watch', remainingMs } : { kind: 'start', isPredecessorGone: false };
    }
    default:
      return assertNever(predecessor);
  }
}
