import type { Clock, StartSpec } from '@juqueue/core';
import type { AttemptDesk } from './attempt-desk.ts';
import type { Deadlines } from './deadlines.ts';
import { nodeTimes } from './node-times.ts';

/** No grace takes more than this part of the node's life: on a short allocation runs would be stopped as they start. */
const graceMaxPart = 0.25;

/**
 * Ends the runs of a node in time before its allocation ends. Each is asked to stop its own grace before the margin that
 * the node needs for kills, outcomes and goodbye; with the first of them the end is announced and nothing starts any more.
 */
export class WalltimeWatch {
  readonly #clock: Clock;
  readonly #deadlines: Deadlines;
  readonly #desk: AttemptDesk;
  readonly #deadlineMs: number | null;
  readonly #onEnding: (deadlineMs: number) => void;
  readonly #marginMs: number;
  readonly #graceMaxMs: number;
  #isAnnounced = false;
  #nextMs = Infinity;

  constructor(clock: Clock, deadlines: Deadlines, desk: AttemptDesk, deadlineMs: number | null, onEnding: (deadlineMs: number) => void) {
    this.#clock = clock;
    this.#deadlines = deadlines;
    this.#desk = desk;
    this.#deadlineMs = deadlineMs;
    this.#onEnding = onEnding;
    const lifeMs = deadlineMs === null ? Infinity : deadlineMs - clock.nowMs();
    this.#marginMs = Math.min(nodeTimes.walltimeMarginMs, lifeMs * nodeTimes.walltimeMarginPart);
    this.#graceMaxMs = lifeMs * graceMaxPart;
  }

  /** Whether a signal of the cluster now means the walltime, and not something out of turn. */
  get isNear(): boolean {
    return this.#deadlineMs !== null && this.#clock.nowMs() >= this.#askBy(this.#deadlineMs, this.#graceMaxMs);
  }

  /** A run has come that may have to be asked before all others. */
  noteRun(spec: StartSpec): void {
    if (this.#deadlineMs !== null && this.#askBy(this.#deadlineMs, graceOf(spec)) < this.#nextMs) this.look();
  }

  /** Asks those whose time has come, and sleeps until the next; never long, because wall clocks are set. */
  look(): void {
    if (this.#deadlineMs === null) return;
    const nowMs = this.#clock.nowMs();
    let isTime = nowMs >= this.#askBy(this.#deadlineMs, 0);
    this.#nextMs = this.#askBy(this.#deadlineMs, 0);
    for (const { spec, stop } of this.#desk.executing) {
      if (stop?.mode === 'end') continue;
      const askByMs = this.#askBy(this.#deadlineMs, graceOf(spec));
      if (askByMs > nowMs) {
        this.#nextMs = Math.min(this.#nextMs, askByMs);
        continue;
      }
      isTime = true;
      this.#desk.stop(spec, 'walltime', 'end', Math.min(graceOf(spec), this.#graceMaxMs));
    }
    if (isTime && !this.#isAnnounced) {
      this.#isAnnounced = true;
      this.#desk.close({ cause: 'walltime', because: 'its node is ending' });
      this.#onEnding(this.#deadlineMs);
    }
    if (this.#nextMs <= nowMs) return;
    this.#deadlines.set('walltime', Math.min(this.#nextMs - nowMs, nodeTimes.longestSleepMs), () => this.look());
  }

  #askBy(deadlineMs: number, graceMs: number): number {
    return deadlineMs - this.#marginMs - Math.min(graceMs, this.#graceMaxMs);
  }
}

/** How long this run was promised for saving. */
export function graceOf(spec: StartSpec): number {
  return spec.checkpoint.kind === 'signal' ? spec.checkpoint.graceMs : spec.graceMs;
}
