import type { StoredEvent } from '@juqueue/core';
import { MemoryStore } from '@juqueue/core';

/** A store in memory whose appends a test can hold back and let go one by one, as a disk that hangs does. */
export class HeldStore extends MemoryStore {
  override trouble: string | null = null;
  isHeld = false;
  readonly #held: (() => void)[] = [];

  override async append(events: readonly StoredEvent[]): Promise<void> {
    if (this.isHeld) await new Promise<void>((resolve) => this.#held.push(resolve));
    await super.append(events);
  }

  /** Lets the oldest append go that is held back. */
  letOneGo(): void {
    this.#held.shift()?.();
  }

  letAllGo(): void {
    this.isHeld = false;
    for (const letGo of this.#held.splice(0)) letGo();
  }
}
