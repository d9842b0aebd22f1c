import { setImmediate } from 'node:timers/promises';
import type { Clock } from '@juqueue/core';

/** A text in slices that are made one after the other and handed to any number of readers. */
class SharedText {
  readonly beganAtMs: number;
  readonly #slices: string[] = [];
  #next = Promise.withResolvers<void>();
  #isComplete = false;
  #failure: unknown = null;

  constructor(beganAtMs: number, slices: Iterable<string>) {
    this.beganAtMs = beganAtMs;
    void this.#make(slices);
  }

  get isComplete(): boolean {
    return this.#isComplete;
  }

  async *read(): AsyncGenerator<string> {
    for (let index = 0; ; index += 1) {
      while (index >= this.#slices.length && !this.#isComplete) await this.#next.promise;
      if (this.#failure !== null) throw this.#failure;
      const slice = this.#slices[index];
      if (slice === undefined) return;
      yield slice;
    }
  }

  async #make(slices: Iterable<string>): Promise<void> {
    try {
      for (const slice of slices) {
        this.#slices.push(slice);
        this.#tell();
        await setImmediate();
      }
    } catch (error) {
      this.#failure = error;
    }
    this.#isComplete = true;
    this.#tell();
  }

  #tell(): void {
    this.#next.resolve();
    this.#next = Promise.withResolvers<void>();
  }
}

/** How long a text that is complete is handed out again. Clients of the original ask after each `update`, all at once. */
const freshMs = 1_000;

/**
 * Makes a text at most once a second, whoever asks how often: all readers of that time get the same. It is made in slices
 * with turns of the event loop between them, no faster for a fast reader and no slower for a slow one, and forgotten when it
 * is no longer fresh.
 */
export class SharedStream {
  readonly #clock: Clock;
  readonly #slices: () => Iterable<string>;
  #current: SharedText | null = null;

  constructor(clock: Clock, slices: () => Iterable<string>) {
    this.#clock = clock;
    this.#slices = slices;
  }

  read(): AsyncGenerator<string> {
    const nowMs = this.#clock.monotonicMs();
    if (this.#current === null || (this.#current.isComplete && nowMs - this.#current.beganAtMs >= freshMs)) {
      this.#current = new SharedText(nowMs, this.#slices());
      this.#forgetLater(this.#current);
    }
    return this.#current.read();
  }

  #forgetLater(text: SharedText): void {
    this.#clock.after(freshMs, () => {
      if (this.#current !== text) return;
      if (text.isComplete) this.#current = null;
      else this.#forgetLater(text);
    });
  }
}
