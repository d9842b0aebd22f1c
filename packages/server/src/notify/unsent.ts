import type { Log } from '@juqueue/core';
import type { Message, News } from './news.ts';

/** What nobody was told yet: news that wait for their digest, and messages that wait for each channel. */
export interface Unsent {
  readonly collected: readonly News[];
  readonly waiting: Readonly<Record<string, readonly Message[]>>;
}

export const nothingUnsent: Unsent = { collected: [], waiting: {} };

/** Where it is kept between two managers. */
export interface UnsentStore {
  read(): Promise<Unsent>;
  write(unsent: Unsent): Promise<void>;
}

/**
 * Keeps what is unsent on disk. Each change asks for a `save`; while one is written the next one waits and takes what there is
 * then. Nothing is written before what an earlier manager left was read, so that it is not lost. A disk that hangs holds up
 * nobody but this.
 */
export class UnsentKeeper {
  readonly #store: UnsentStore;
  readonly #log: Log;
  readonly #current: () => Unsent;
  #tail: Promise<void>;
  #isAsked = false;

  constructor(store: UnsentStore, log: Log, current: () => Unsent, restore: (unsent: Unsent) => void) {
    this.#store = store;
    this.#log = log;
    this.#current = current;
    this.#tail = store
      .read()
      .then(restore, (error: unknown) => log.warn(`notify: what an earlier manager had not sent cannot be read: ${String(error)}`));
  }

  save(): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    this.#tail = this.#tail.then(async () => {
      this.#isAsked = false;
      await this.#store
        .write(this.#current())
        .catch((error: unknown) => this.#log.warn(`notify: what is not sent yet cannot be kept: ${String(error)}`));
    });
  }

  /** Resolves when everything that was asked for is written. */
  settled(): Promise<void> {
    return this.#tail;
  }
}
