/** What the free slots of the open nodes of a cluster are at this time. `spread`: part of each is fragmentation, the rest quantisation. */
export type FreeKind =
  { readonly kind: 'dispatch' } | { readonly kind: 'idle' } | { readonly kind: 'spread'; readonly fragmentedShare: number };

/** How long free slots were each kind, up to `atMs`. Two readings tell it of any time between them. */
export interface FreeTimeReading {
  readonly atMs: number;
  readonly dispatchMs: number;
  readonly idleMs: number;
  /** The integral of the fragmented share; not whole. */
  readonly fragmentedMs: number;
}

export interface SavedFreeTime {
  readonly kind: FreeKind;
  readonly reading: FreeTimeReading;
}

/**
 * The clock of a cluster's free slots. What they are depends on all its nodes, and all of them are the same at a time; so one
 * clock runs for the cluster, and each node is booked by two readings of it, only when its own occupation changes.
 */
export class FreeTime {
  #kind: FreeKind = { kind: 'idle' };
  #reading: FreeTimeReading;

  constructor(atMs: number) {
    this.#reading = { atMs, dispatchMs: 0, idleMs: 0, fragmentedMs: 0 };
  }

  saved(): SavedFreeTime {
    return { kind: this.#kind, reading: this.#reading };
  }

  static restored({ kind, reading }: SavedFreeTime): FreeTime {
    const clock = new FreeTime(reading.atMs);
    clock.#kind = kind;
    clock.#reading = reading;
    return clock;
  }

  get isDispatch(): boolean {
    return this.#kind.kind === 'dispatch';
  }

  /** The reading at `atMs`, without moving the clock there. */
  at(atMs: number): FreeTimeReading {
    const passedMs = Math.max(0, atMs - this.#reading.atMs);
    const { dispatchMs, idleMs, fragmentedMs } = this.#reading;
    switch (this.#kind.kind) {
      case 'dispatch':
        return { atMs, dispatchMs: dispatchMs + passedMs, idleMs, fragmentedMs };
      case 'idle':
        return { atMs, dispatchMs, idleMs: idleMs + passedMs, fragmentedMs };
      case 'spread':
        return { atMs, dispatchMs, idleMs, fragmentedMs: fragmentedMs + passedMs * this.#kind.fragmentedShare };
    }
  }

  /** From `atMs` on they are something else. */
  become(kind: FreeKind, atMs: number): void {
    this.#reading = this.at(atMs);
    this.#kind = kind;
  }
}
