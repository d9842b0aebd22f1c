import { JuqueueError } from '@juqueue/core';
import type { Clock } from '@juqueue/core';

/** A busy page asks ten times a second, a script in a loop a thousand times; the manager has other work too. */
const requestsPerSecond = 200;
const burst = 400;

/** How many requests are answered in a time; the rest is told to come back. One for all clients: they are one user's. */
export class RateLimit {
  readonly #clock: Clock;
  #left = burst;
  #atMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#atMs = clock.monotonicMs();
  }

  /** Throws JQ_TOO_MANY_REQUESTS. */
  take(): void {
    const nowMs = this.#clock.monotonicMs();
    this.#left = Math.min(burst, this.#left + ((nowMs - this.#atMs) / 1_000) * requestsPerSecond);
    this.#atMs = nowMs;
    if (this.#left < 1)
      throw new JuqueueError(
        'JQ_TOO_MANY_REQUESTS',
        `More than ${requestsPerSecond} requests a second came, expected fewer.`,
        'Ask for more rows in one request, or follow /api/v1/ws.',
      );
    this.#left -= 1;
  }
}
