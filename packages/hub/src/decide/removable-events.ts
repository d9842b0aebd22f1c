/** An event by its place in the record and its time. */
export interface EventPlace {
  readonly seq: number;
  readonly atMs: number;
}

export interface EventBounds {
  /** What happened earlier need not be kept. */
  readonly beforeMs: number;
  /** Up to here events are more than are kept, and every reader that counts has passed them. */
  readonly passedThrough: number;
}

/**
 * Up to which of these events, which are the oldest, they need not be kept; null when the first one has to be. The last one
 * always stays: where it is the newest of all, numbers go on from it.
 */
export function removableThrough(oldest: readonly EventPlace[], { beforeMs, passedThrough }: EventBounds): number | null {
  const kept = oldest.findIndex(({ seq, atMs }) => atMs >= beforeMs && seq > passedThrough);
  const count = Math.min(kept === -1 ? oldest.length : kept, oldest.length - 1);
  return oldest[count - 1]?.seq ?? null;
}
