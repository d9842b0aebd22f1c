/** How long attempts of one experiment took that finished, newer ones weighing more. */
export interface LearnedDuration {
  readonly meanMs: number;
  /** Standard deviation. */
  readonly spreadMs: number;
  readonly count: number;
}

/** When an experiment will be done, from now. Nine times out of ten the truth is between `lowMs` and `highMs`. */
export interface RemainingTime {
  readonly lowMs: number;
  readonly likelyMs: number;
  readonly highMs: number;
}

/** From fewer finished runs nothing is told: people believe numbers. */
const fewestFinished = 5;
/** Standard deviations that nine of ten sums of independent times stay within. */
const nineOfTen = 1.645;

/**
 * How long until so many ready and running runs have ended, if as many go on at a time as now? Running ones are half done
 * on average, and the last one adds up to one run's time. Null when nothing runs or too little has finished.
 */
export function remainingTime(runs: { readonly ready: number; readonly running: number }, learned: LearnedDuration | null): RemainingTime | null {
  const { ready, running } = runs;
  if (learned === null || learned.count < fewestFinished || running === 0) return null;
  const { meanMs, spreadMs } = learned;
  const workMs = ((ready + running / 2) * meanMs) / running;
  const doubtMs = (nineOfTen * spreadMs * Math.sqrt(ready + running)) / running;
  return { lowMs: Math.max(0, workMs - doubtMs), likelyMs: workMs + (ready > 0 ? meanMs / 2 : 0), highMs: workMs + doubtMs + meanMs + spreadMs };
}
