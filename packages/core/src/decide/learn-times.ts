import type { ParameterValue } from '../model/definition.ts';

/** What finished runs of one experiment took. */
export interface TookSample {
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly tookMs: number;
}

/** Quantiles of the times of the runs that are most alike, in ms. */
export interface LearnedTimes {
  readonly medianMs: number;
  /** Nine of ten took no longer. */
  readonly upperMs: number;
  readonly samples: number;
  /** The parameter by whose value the samples were told apart; null when none explains enough. */
  readonly by: string | null;
}

/** Fewer samples say nothing, about a group or about a whole experiment. */
const samplesMin = 3;
/** A parameter matters when telling its values apart leaves less than this part of the spread. */
const spreadLeftMax = 0.5;

/**
 * How long will a run with these parameters take, by runs of its experiment that finished? By the samples with the same
 * value of the one parameter that explains most of the spread, if one explains enough; else by all. Null for too few
 * samples. Medians and quantiles, so that single outliers move nothing.
 */
export function learnTimes(samples: readonly TookSample[], parameters: Readonly<Record<string, ParameterValue>>): LearnedTimes | null {
  if (samples.length < samplesMin) return null;
  const by = parameterThatMatters(samples);
  const alike = by === null ? [] : samples.filter((sample) => sample.parameters[by] === parameters[by]);
  return alike.length >= samplesMin ? quantilesOf(alike, by) : quantilesOf(samples, null);
}

function parameterThatMatters(samples: readonly TookSample[]): string | null {
  const whole = spreadOf(samples);
  if (whole === 0) return null;
  let best: string | null = null;
  let bestLeft = spreadLeftMax;
  for (const name of [...new Set(samples.flatMap((sample) => Object.keys(sample.parameters)))].sort()) {
    const groups = new Map<ParameterValue | undefined, TookSample[]>();
    for (const sample of samples) groups.set(sample.parameters[name], [...(groups.get(sample.parameters[name]) ?? []), sample]);
    if (groups.size < 2 || [...groups.values()].some((group) => group.length < samplesMin)) continue;
    const left = [...groups.values()].reduce((sum, group) => sum + spreadOf(group), 0) / whole;
    if (left >= bestLeft) continue;
    best = name;
    bestLeft = left;
  }
  return best;
}

/** Sum of the distances from the median. */
function spreadOf(samples: readonly TookSample[]): number {
  const times = sorted(samples);
  const middle = quantile(times, 0.5);
  return times.reduce((sum, tookMs) => sum + Math.abs(tookMs - middle), 0);
}

function quantilesOf(samples: readonly TookSample[], by: string | null): LearnedTimes {
  const times = sorted(samples);
  return { medianMs: quantile(times, 0.5), upperMs: quantile(times, 0.9), samples: times.length, by };
}

function sorted(samples: readonly TookSample[]): readonly number[] {
  return samples.map((sample) => sample.tookMs).sort((a, b) => a - b);
}

function quantile(ascending: readonly number[], part: number): number {
  return ascending[Math.min(ascending.length - 1, Math.ceil(part * ascending.length) - 1)] ?? 0;
}
