import type { Clock, Log, Timer } from '@juqueue/core';
import type { EventRetention } from '../model/event-retention.ts';
import type { HubStore } from '../store/hub-store.ts';

/** Between two steps: whoever submits goes first. */
const stepPauseMs = 20;

/** Removes events that need not be kept, at the start and then ever again, a few at a time. */
export class EventPruner implements AsyncDisposable {
  readonly #store: HubStore;
  readonly #clock: Clock;
  readonly #retention: EventRetention;
  readonly #everyMs: number;
  readonly #log: Log;
  #timer: Timer | null = null;
  #step: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(store: HubStore, clock: Clock, retention: EventRetention, everyMs: number, log: Log) {
    this.#store = store;
    this.#clock = clock;
    this.#retention = retention;
    this.#everyMs = everyMs;
    this.#log = log;
  }

  begin(): void {
    this.#after(stepPauseMs, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#step;
  }

  #after(delayMs: number, afterSeq: number): void {
    if (this.#isClosed) return;
    this.#timer = this.#clock.after(delayMs, () => (this.#step = this.#remove(afterSeq)));
  }

  async #remove(afterSeq: number): Promise<void> {
    const next = await this.#store.write
      .call('removeOldEvents', { afterSeq, nowMs: this.#clock.nowMs(), retention: this.#retention })
      .catch((error: unknown) => {
        this.#log.warn(`old events were not removed: ${error instanceof Error ? error.message : String(error)}`);
        return null;
      });
    if (next === null) this.#after(this.#everyMs, 0);
    else this.#after(stepPauseMs, next);
  }
}
