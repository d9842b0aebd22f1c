import type { Clock, Timer } from '../ports/clock.ts';
import { engineTimes } from './engine-times.ts';

/**
 * Runs `turn` at our own pace: soon after it was asked for, once for everything that came meanwhile, never inside the
 * event that asked, and with a pause that grows with what the last turn took. `wakeAt` asks for one at an instant.
 */
export class TickLoop {
  readonly #clock: Clock;
  readonly #turn: () => void;
  readonly #onTook: (tookMs: number) => void;
  #soon: Timer | null = null;
  #later: { readonly timer: Timer; readonly atMs: number } | null = null;
  #lastTookMs = 0;
  #isStopped = false;

  constructor(clock: Clock, turn: () => void, onTook: (tookMs: number) => void = () => undefined) {
    this.#clock = clock;
    this.#turn = turn;
    this.#onTook = onTook;
  }

  get lastTookMs(): number {
    return this.#lastTookMs;
  }

  request(): void {
    if (this.#soon !== null || this.#isStopped) return;
    const pauseMs = Math.min(this.#lastTookMs * engineTimes.tickPauseFactor, engineTimes.tickPauseMaxMs);
    this.#soon = this.#clock.after(pauseMs < 1 ? 0 : pauseMs, () => {
      this.#soon = null;
      const beganMs = this.#clock.monotonicMs();
      this.#turn();
      this.#lastTookMs = this.#clock.monotonicMs() - beganMs;
      this.#onTook(this.#lastTookMs);
    });
  }

  /** Replaces the earlier instant; null forgets it. */
  wakeAt(atMs: number | null): void {
    if (this.#later?.atMs === atMs) return;
    this.#later?.timer.cancel();
    this.#later = null;
    if (atMs === null || this.#isStopped) return;
    const timer = this.#clock.after(Math.min(Math.max(0, atMs - this.#clock.nowMs()), maxTimerMs), () => {
      this.#later = null;
      this.request();
    });
    this.#later = { timer, atMs };
  }

  stop(): void {
    this.#isStopped = true;
    this.#soon?.cancel();
    this.#later?.timer.cancel();
    this.#soon = null;
    this.#later = null;
  }
}

/** Timers hold at most 2³¹ − 1 ms; waking a day early and looking again is cheap. */
const maxTimerMs = 86_400_000;

/** The earlier of two instants of which each may be never. */
export function earlier(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}
