import type { Clock } from '@juqueue/core';

/** Wrong tokens in a minute that are answered at once; people mistype and restart. */
const freePerMinute = 10;
const windowMs = 60_000;
/** Each further one waits a second longer, up to this. */
const stepMs = 1_000;
const longestWaitMs = 5_000;
/** Answers that wait hold a socket each; beyond these the connection is cut without an answer. */
const mostWaiting = 32;

/** What was refused for its token since the start, for the owner to see. */
export interface RefusalCount {
  readonly count: number;
  readonly lastAtMs: number | null;
}

/**
 * Requests without a valid token: counted, and answered ever more slowly while they go on. Whoever has the token is never
 * slowed: on a login node everybody comes from the same address, and nobody may lock the owner out.
 */
export class Refusals {
  readonly #clock: Clock;
  #recent: number[] = [];
  #waiting = 0;
  #count = 0;
  #lastAtMs: number | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get total(): RefusalCount {
    return { count: this.#count, lastAtMs: this.#lastAtMs };
  }

  /** Notes one; resolves when it may be answered, or says that it is not worth an answer. */
  async refuse(): Promise<'answer' | 'cut'> {
    const nowMs = this.#clock.nowMs();
    this.#count += 1;
    this.#lastAtMs = nowMs;
    this.#recent = [...this.#recent.filter((atMs) => atMs > nowMs - windowMs).slice(-100), nowMs];
    const waitMs = Math.min(longestWaitMs, (this.#recent.length - freePerMinute) * stepMs);
    if (waitMs <= 0) return 'answer';
    if (this.#waiting >= mostWaiting) return 'cut';
    this.#waiting += 1;
    await new Promise<void>((resolve) => void this.#clock.after(waitMs, resolve));
    this.#waiting -= 1;
    return 'answer';
  }
}
