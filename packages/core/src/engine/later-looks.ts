import type { Clock, Timer } from '../ports/clock.ts';

/** What the engine means to look at again after a while. None of it outlives the engine, nor holds its process. */
export class LaterLooks {
  readonly #clock: Clock;
  readonly #timers = new Set<Timer>();
  #isStopped = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  after(delayMs: number, look: () => void): void {
    if (this.#isStopped) return;
    const timer = this.#clock.after(delayMs, () => {
      this.#timers.delete(timer);
      look();
    });
    this.#timers.add(timer);
  }

  stop(): void {
    this.#isStopped = true;
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }
}
