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
export function remainingTime(
  runs: { readonly ready: number; readonly running: number },
  learned: LearnedDuration | null,
): RemainingTime | null {
  const { ready, running } = runs;
  if (learned === null || learned.count < fewestFinished || running === 0) return null;
  const { meanMs, spreadMs } = learned;
  return range({
    workMs: (ready + running / 2) * meanMs,
    variance: spreadMs ** 2 * (ready + running),
    lastMs: meanMs,
    lastSpreadMs: spreadMs,
    ready,
    running,
  });
}

/** What experiments that share nodes have left together. Null when no run of theirs runs whose time is known. */
export function remainingTimeOfAll(
  experiments: Iterable<{
    readonly counts: { readonly ready: number; readonly running: number };
    readonly learned: LearnedDuration | null;
  }>,
): { readonly time: RemainingTime | null; readonly runsOfUnknownTime: number } {
  const sum = { workMs: 0, variance: 0, lastMs: 0, lastSpreadMs: 0, ready: 0, running: 0 };
  let runsOfUnknownTime = 0;
  for (const { counts, learned } of experiments) {
    const { ready, running } = counts;
    if (ready + running === 0) continue;
    if (learned === null || learned.count < fewestFinished) {
      runsOfUnknownTime += ready + running;
      continue;
    }
    sum.workMs += (ready + running / 2) * learned.meanMs;
    sum.variance += learned.spreadMs ** 2 * (ready + running);
    sum.ready += ready;
    sum.running += running;
    if (learned.meanMs > sum.lastMs) [sum.lastMs, sum.lastSpreadMs] = [learned.meanMs, learned.spreadMs];
  }
  return { time: sum.running === 0 ? null : range(sum), runsOfUnknownTime };
}

interface WorkLeft {
  readonly workMs: number;
  /** Of the work, in ms². */
  readonly variance: number;
  /** The time of the run that ends last. */
  readonly lastMs: number;
  readonly lastSpreadMs: number;
  readonly ready: number;
  readonly running: number;
}

function range({ workMs, variance, lastMs, lastSpreadMs, ready, running }: WorkLeft): RemainingTime {
  const likelyMs = workMs / running;
  const doubtMs = (nineOfTen * Math.sqrt(variance)) / running;
  return {
    lowMs: Math.max(0, likelyMs - doubtMs),
    likelyMs: likelyMs + (ready > 0 ? lastMs / 2 : 0),
    highMs: likelyMs + doubtMs + lastMs + lastSpreadMs,
  };
}
