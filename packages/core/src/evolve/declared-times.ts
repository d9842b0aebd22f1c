import type { Run } from '../model/run.ts';

/** The newest so many tell how wrong declared times are: people get better at it, and programs faster. */
const samplesMax = 200;
/** Fewer say nothing. */
const samplesMin = 6;
/** The deviation of a normal distribution in median distances from its middle. */
const deviationPerMedianDistance = 1.4826;

/**
 * How wrong declared times are, over all experiments: those who declare them are the same people. That all are too long by
 * the same factor is no error here: it changes no order, and no number of nodes.
 */
export class DeclaredTimes {
  #logRatios: readonly number[] = [];
  #error = 0;

  saved(): readonly number[] {
    return this.#logRatios;
  }

  restore(logRatios: readonly number[]): void {
    this.#logRatios = logRatios;
    this.#error = errorOf(logRatios);
  }

  /** A run that was told to take some time did its whole work in `tookMs`. */
  learn({ definition: { timeMs } }: Run, tookMs: number): void {
    if (timeMs === null) return;
    this.restore([...this.#logRatios, Math.log(Math.max(1, tookMs) / Math.max(1, timeMs))].slice(-samplesMax));
  }

  /** Deviation of the logarithm of taken over declared; 0 while too few have ended to tell. */
  get error(): number {
    return this.#error;
  }
}

function errorOf(logRatios: readonly number[]): number {
  if (logRatios.length < samplesMin) return 0;
  const middle = median(logRatios);
  return deviationPerMedianDistance * median(logRatios.map((ratio) => Math.abs(ratio - middle)));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[half] ?? 0) : ((sorted[half - 1] ?? 0) + (sorted[half] ?? 0)) / 2;
}
