/** How much of what happened readers may still ask for. Events of jobs that are open stay in any case. */
export interface EventRetention {
  /** Older events are removed. */
  readonly keptMs: number;
  /** Beyond this number the oldest are removed too, once the named readers that were heard within `keptMs` have passed them. */
  readonly most: number;
}

export const defaultEventRetention: EventRetention = { keptMs: 90 * 24 * 3_600_000, most: 2_000_000 };
