/** A monotonic clock that all processes of this machine share. */
export function sharedClockMs(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}

/** What a NodeManager that is awake needs at most to act on the end of its own lease; the manager grants 10 s for it. */
const patienceMs = 2_000;

/**
 * Rings when the lease has ended and the NodeManager, which should have known, has done nothing about it: it may be stopped
 * while its runs execute on. Until a first end is known, and after a new name, there is nothing to guard.
 */
export class LeaseAlarm {
  readonly #ring: () => void;
  #endsAtMs: number | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(ring: () => void) {
    this.#ring = ring;
  }

  set(endsAtMs: number): void {
    this.#endsAtMs = endsAtMs;
    if (this.#timer === null) this.#sleep();
  }

  clear(): void {
    this.#endsAtMs = null;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** One timer for many renewals: it looks at the end that is known when it fires. */
  #sleep(): void {
    const remainingMs = (this.#endsAtMs ?? 0) + patienceMs - sharedClockMs();
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        if (this.#endsAtMs === null) return;
        if (sharedClockMs() < this.#endsAtMs + patienceMs) this.#sleep();
        else {
          this.#endsAtMs = null;
          this.#ring();
        }
      },
      Math.max(0, remainingMs),
    ).unref();
  }
}
