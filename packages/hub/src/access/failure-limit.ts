import { JuqueueError } from '@juqueue/core';
import type { Clock } from '@juqueue/core';

const windowMs = 60_000;
/** People mistype, and services restart with an old key. */
const freePerWindow = 20;
const mostAddresses = 10_000;

interface Failures {
  count: number;
  sinceMs: number;
}

/**
 * Wrong keys and signatures by address. An address with too many in a minute gets no further answer to a guess, right or wrong, until the
 * minute is over; who was let in from there before keeps being let in, so that nobody is locked out by a neighbour.
 */
export class FailureLimit {
  readonly #clock: Clock;
  readonly #failures = new Map<string, Failures>();
  readonly #known = new Map<string, Set<string>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A guess failed. */
  failed(address: string): void {
    const nowMs = this.#clock.nowMs();
    const present = this.#failures.get(address);
    if (present !== undefined && nowMs - present.sinceMs < windowMs) {
      present.count += 1;
      return;
    }
    this.#failures.delete(address);
    this.#failures.set(address, { count: 1, sinceMs: nowMs });
    keepNewest(this.#failures);
  }

  /** The right key or secret `id` was shown. Throws `JQ_TOO_MANY_REQUESTS` while its address is guessing and `id` is new there. */
  succeeded(address: string, id: string): void {
    const known = this.#known.get(address) ?? new Set();
    if (known.has(id)) return;
    this.check(address);
    this.#known.set(address, known.add(id));
    keepNewest(this.#known);
  }

  /** Throws `JQ_TOO_MANY_REQUESTS` while this address is guessing. */
  check(address: string): void {
    const present = this.#failures.get(address);
    if (present === undefined || present.count < freePerWindow) return;
    const leftMs = present.sinceMs + windowMs - this.#clock.nowMs();
    if (leftMs <= 0) return;
    throw new JuqueueError(
      'JQ_TOO_MANY_REQUESTS',
      `${present.count} requests from this address carried no valid key within a minute.`,
      `Wait ${Math.ceil(leftMs / 1_000)} s.`,
    );
  }
}

function keepNewest(map: Map<string, unknown>): void {
  const oldest = map.size > mostAddresses ? map.keys().next().value : undefined;
  if (oldest !== undefined) map.delete(oldest);
}
