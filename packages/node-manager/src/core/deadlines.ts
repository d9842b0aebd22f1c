import type { Clock, Timer } from '@juqueue/core';

/**
 * Everything that is due at some time, by name, on one timer. Times are monotonic milliseconds. Setting a name again
 * replaces it. A few per run and node, so the earliest is found by looking at all of them.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #onDue: () => void;
  readonly #entries = new Map<string, { readonly dueMs: number; readonly action: () => void }>();
  #armed: { readonly dueMs: number; readonly timer: Timer } | null = null;

  /** `onDue` is called when something may be due; it answers by calling `runDue`. */
  constructor(clock: Clock, onDue: () => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  set(name: string, delayMs: number, action: () => void): void {
    const dueMs = this.#clock.monotonicMs() + Math.max(0, delayMs);
    this.#entries.set(name, { dueMs, action });
    if (this.#armed === null || dueMs < this.#armed.dueMs) this.#arm(dueMs);
  }

  clear(name: string): void {
    this.#entries.delete(name);
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  clearAll(): void {
    this.#entries.clear();
    this.#armed?.timer.cancel();
    this.#armed = null;
  }

  /** Runs what is due, earliest first, and arms the timer for the rest. */
  runDue(): void {
    const nowMs = this.#clock.monotonicMs();
    const due = [...this.#entries].filter(([, entry]) => entry.dueMs <= nowMs).sort(([, a], [, b]) => a.dueMs - b.dueMs);
    for (const [name, entry] of due) {
      // An earlier one may have cleared or replaced it.
      if (this.#entries.get(name) !== entry) continue;
      this.#entries.delete(name);
      entry.action();
    }
    const next = Math.min(...[...this.#entries.values()].map((entry) => entry.dueMs));
    if (Number.isFinite(next)) this.#arm(next);
  }

  #arm(dueMs: number): void {
    this.#armed?.timer.cancel();
    const timer = this.#clock.after(Math.max(0, dueMs - this.#clock.monotonicMs()), () => {
      this.#armed = null;
      this.#onDue();
    });
    this.#armed = { dueMs, timer };
  }
}
