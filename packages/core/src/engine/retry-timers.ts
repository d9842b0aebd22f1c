import type { RunId } from '../model/ids.ts';
import type { Run } from '../model/run.ts';
import type { Clock, Timer } from '../ports/clock.ts';

/** Wakes runs whose retry delay is over. One timer per waiting run: few wait at a time, and each waits seconds. */
export class RetryTimers {
  readonly #clock: Clock;
  readonly #onDue: (run: RunId) => void;
  readonly #isStillWaiting: (run: RunId) => boolean;
  readonly #timers = new Map<RunId, Timer>();

  constructor(clock: Clock, isStillWaiting: (run: RunId) => boolean, onDue: (run: RunId) => void) {
    this.#clock = clock;
    this.#isStillWaiting = isStillWaiting;
    this.#onDue = onDue;
  }

  /** Sets the timer of a run that waits for its retry; does nothing for any other. */
  follow(run: Run | undefined): void {
    if (run === undefined || run.reason !== 'retry-delay' || run.eligibleAtMs === null) return;
    const { id } = run;
    this.#timers.get(id)?.cancel();
    const timer = this.#clock.after(Math.max(0, run.eligibleAtMs - this.#clock.nowMs()), () => {
      this.#timers.delete(id);
      if (this.#isStillWaiting(id)) this.#onDue(id);
    });
    this.#timers.set(id, timer);
  }

  stop(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }
}
