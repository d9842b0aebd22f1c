import type { Clock, Timer } from '@juqueue/core';
import type { Hub } from '../hub.ts';

/**
 * Leases of workers that know none: theirs are renewed for them for as long as they are heard. One that has been silent for
 * its patience loses its jobs like every other agent.
 */
export class ForeignLeases {
  readonly #hub: Hub;
  readonly #clock: Clock;
  readonly #patienceMs: number;
  readonly #heard = new Map<string, number>();
  #timer: Timer;

  constructor(hub: Hub, patienceMs: number) {
    this.#hub = hub;
    this.#clock = hub.clock;
    this.#patienceMs = patienceMs;
    this.#timer = this.#later();
  }

  /** The worker lives. */
  heard(worker: string): void {
    this.#heard.set(worker, this.#clock.monotonicMs());
    this.#renew(worker);
  }

  close(): void {
    this.#timer.cancel();
  }

  #renew(worker: string): void {
    for (const { id } of this.#hub.agents.heldBy(worker)) if (!this.#hub.leases.hasEnded(id)) this.#hub.leases.renew(id);
  }

  #later(): Timer {
    return this.#clock.after(Math.floor(this.#hub.times.leaseMs / 3), () => {
      const sinceMs = this.#clock.monotonicMs() - this.#patienceMs;
      for (const [worker, atMs] of this.#heard) {
        if (atMs >= sinceMs) this.#renew(worker);
        else this.#heard.delete(worker);
      }
      this.#timer = this.#later();
    });
  }
}
