/** One moment on both clocks of one host. `monotonicMs` never steps back but stands still while the host is suspended. */
export interface Instant {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

/** How much time has passed at most: the larger progress of the two clocks, so that neither a suspension nor a step hides any. */
export function elapsedMs(from: Instant, to: Instant): number {
  return Math.max(to.monotonicMs - from.monotonicMs, to.wallMs - from.wallMs);
}
