import type { Problem } from '../model/errors.ts';
import type { DurableEvent } from '../model/events.ts';
import type { AllocationId, RunId } from '../model/ids.ts';

/** What a command comes to: facts, running attempts to be stopped, and what it left alone and why. */
export interface CommandEffect {
  readonly events: readonly DurableEvent[];
  readonly stopped: readonly RunId[];
  /** Allocations to be cancelled at their clusters. */
  readonly cancelled: readonly AllocationId[];
  readonly affected: readonly RunId[];
  readonly skipped: readonly { readonly run: RunId; readonly because: string }[];
  readonly problem: Problem | null;
}

/** What a command comes to that does nothing. */
export const nothing: CommandEffect = { events: [], stopped: [], cancelled: [], affected: [], skipped: [], problem: null };
