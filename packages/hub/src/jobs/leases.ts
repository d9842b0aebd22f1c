import type { Clock } from '@juqueue/core';
import { isHeld } from '../model/job.ts';
import type { JobState } from '../model/job.ts';

/**
 * Until when the agents hold their jobs, by a clock that never steps. Renewals are not recorded: a hub that starts gives every
 * held job a whole lease, which ends no sooner than any that was promised before.
 */
export class Leases {
  readonly #clock: Clock;
  readonly #leaseMs: number;
  readonly #until = new Map<string, number>();

  constructor(clock: Clock, leaseMs: number) {
    this.#clock = clock;
    this.#leaseMs = leaseMs;
  }

  /** Gives a newly held job its lease, and forgets one that is not held any more. */
  note(job: JobState): void {
    if (!isHeld(job.status)) this.#until.delete(job.id);
    else if (!this.#until.has(job.id)) this.renew(job.id);
  }

  renew(id: string): void {
    this.#until.set(id, this.#clock.monotonicMs() + this.#leaseMs);
  }

  /** Nothing renews a lease that has ended. */
  hasEnded(id: string): boolean {
    const untilMs = this.#until.get(id);
    return untilMs !== undefined && untilMs <= this.#clock.monotonicMs();
  }

  ended(): readonly string[] {
    const nowMs = this.#clock.monotonicMs();
    return [...this.#until].flatMap(([id, untilMs]) => (untilMs <= nowMs ? [id] : []));
  }

  /** By the wall clock; null without a lease. */
  untilMs(id: string): number | null {
    const untilMs = this.#until.get(id);
    return untilMs === undefined ? null : Math.round(this.#clock.nowMs() + untilMs - this.#clock.monotonicMs());
  }
}
