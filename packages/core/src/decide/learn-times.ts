import type { ParameterValue } from '../model/definition.ts';

/** What a finished run of an experiment took. */
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

/** What the finished runs of one experiment teach, so that asking for one run costs a look. */
export interface TimeModel {
  readonly whole: LearnedTimes;
  readonly by: string | null;
  readonly groups: ReadonlyMap<ParameterValue | undefined, LearnedTimes>;
}

/** Fewer samples say nothing, about a group or about a whole experiment. */
const samplesMin = 3;
/** A parameter matters when telling its values apart leaves less than this part of the spread. */
const spreadLeftMax = 0.5;

/** What do these samples teach? Null for too few. Medians and quantiles, so that single outliers move nothing. */
export function modelOf(samples: readonly TookSample[]): TimeModel | null {
  if (samples.length < samplesMin) return null;
  const by = parameterThatMatters(samples);
  const groups = by === null ? [] : [...groupsBy(samples, by)].map(([value, alike]) => [value, quantilesOf(alike, by)] as const);
  return { whole: quantilesOf(samples, null), by, groups: new Map(groups) };
}

/**
 * How long will a run with these parameters take? As the samples with the same value of the one parameter that explains
 * most of the spread, if one explains enough; else as all.
 */
export function learnedTimes({ whole, by, groups }: TimeModel, parameters: Readonly<Record<string, ParameterValue>>): LearnedTimes {
  return (by === null ? undefined : groups.get(parameters[by])) ?? whole;
}

function parameterThatMatters(samples: readonly TookSample[]): string | null {
  const whole = spreadOf(samples);
  if (whole === 0) return null;
  let best: string | null = null;
  let bestLeft = spreadLeftMax;
  for (const name of [...new Set(samples.flatMap((sample) => Object.keys(sample.parameters)))].sort()) {
    const groups = [...groupsBy(samples, name).values()];
    if (groups.length < 2 || groups.some((group) => group.length < samplesMin)) continue;
    const left = groups.reduce((sum, group) => sum + spreadOf(group), 0) / whole;
    if (left >= bestLeft) continue;
    best = name;
    bestLeft = left;
  }
  return best;
}

function groupsBy(samples: readonly TookSample[], name: string): ReadonlyMap<ParameterValue | undefined, readonly TookSample[]> {
  return Map.groupBy(samples, (sample) => sample.parameters[name]);
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
