/** How much wanted to run and how much did, at one moment. */
export interface LoadSample {
  readonly atMs: number;
  readonly ready: number;
  readonly running: number;
  /** Slots that runs occupied, on nodes whose NodeManager had connected. */
  readonly busySlots: number;
  /** Slots of all allocations that were billed. */
  readonly slots: number;
}

/** The same as means over the time from `fromMs` to the next point. */
export interface LoadPoint extends Omit<LoadSample, 'atMs'> {
  readonly fromMs: number;
}

/** Between which instants, in points of this length. */
export interface LoadQuestion {
  readonly fromMs: number;
  readonly toMs: number;
  readonly bucketMs: number;
}
