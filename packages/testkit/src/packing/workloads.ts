import { Random } from '@juqueue/core';
import type { SweepRun } from './scenario.ts';

/** Runs that belong together, as a sweep does. */
export interface Burst {
  readonly id: string;
  readonly runs: readonly Omit<SweepRun, 'declaredMs'>[];
}

/** How much the scheduler is told of the times. `noisy`: declared with a log-normal error of 0.3. */
export type TimesKnown = 'unknown' | 'exact' | 'noisy';

export const declaredErrorSigma = 0.3;
const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** The bursts of a trace file: `{bursts: [{id, durationsSeconds: [...]}]}`. All runs of a burst are ready at once. Throws when it is not one. */
export function burstsOfTrace(text: string): readonly Burst[] {
  const trace: unknown = JSON.parse(text);
  if (!isRecord(trace) || !Array.isArray(trace['bursts']))
    throw new Error('a trace is {"bursts": [{"id", "durationsSeconds": [...]}]}, and this one has no bursts');
  return trace['bursts'].map((burst: unknown, index) => {
    if (!isRecord(burst) || !Array.isArray(burst['durationsSeconds']))
      throw new Error(`burst ${index} of the trace has no durationsSeconds`);
    const id = typeof burst['id'] === 'string' ? burst['id'] : `burst-${index}`;
    const durations = burst['durationsSeconds'].map((seconds: unknown) => {
      if (typeof seconds !== 'number' || !(seconds > 0))
        throw new Error(`burst ${id} holds ${JSON.stringify(seconds)}, not a duration in seconds`);
      return Math.round(seconds * second);
    });
    return burstOf(id, durations);
  });
}

/** Heavy tails: Pareto 1.2 from 30 min on, capped at 72 h; 64 runs a burst, 50 bursts for each seed from 1 to 8. */
export function paretoBursts(): readonly Burst[] {
  const bursts: Burst[] = [];
  for (let seed = 1; seed <= 8; seed += 1) {
    const random = new Random(seed);
    for (let i = 0; i < 50; i += 1)
      bursts.push(
        burstOf(
          `pareto-${seed}-${i}`,
          times(64, () => Math.min(72 * hour, random.pareto(1.2, 30 * minute))),
        ),
      );
  }
  return bursts;
}

/** Log-normal with deviation 1 around two hours. */
export function lognormalBursts(): readonly Burst[] {
  const random = new Random(11);
  return times(50, (i) =>
    burstOf(
      `lognormal-${i}`,
      times(64, () => random.lognormal(2 * hour, 1)),
    ),
  );
}

/** Runs that differ by a few percent, as folds of one model do. */
export function uniformBursts(): readonly Burst[] {
  const random = new Random(12);
  return times(50, (i) =>
    burstOf(
      `uniform-${i}`,
      times(50, () => hour * (1 + 0.1 * random.next())),
    ),
  );
}

/** Four waves of 16 runs, an hour and a half apart. */
export function waveBursts(): readonly Burst[] {
  const random = new Random(13);
  return times(30, (i) => {
    const { id, runs } = burstOf(
      `waves-${i}`,
      times(64, () => random.lognormal(hour, 0.8)),
    );
    return { id, runs: runs.map((run, at) => ({ ...run, arrivesAtMs: Math.floor(at / 16) * 90 * minute })) };
  });
}

/** Every third run takes two slots, every fifth three. */
export function wideBursts(): readonly Burst[] {
  const random = new Random(14);
  return times(30, (i) => {
    const { id, runs } = burstOf(
      `wide-${i}`,
      times(48, () => random.lognormal(hour, 0.8)),
    );
    return { id, runs: runs.map((run, at) => ({ ...run, slots: at % 5 === 4 ? 3 : at % 3 === 2 ? 2 : 1 })) };
  });
}

/** The runs of a burst with what their definitions say of their times. */
export function declare(burst: Burst, known: TimesKnown, random: Random): readonly SweepRun[] {
  return burst.runs.map((run) => ({ ...run, declaredMs: declaredMs(run.durationMs, known, random) }));
}

function declaredMs(durationMs: number, known: TimesKnown, random: Random): number | null {
  if (known === 'unknown') return null;
  return known === 'exact' ? durationMs : Math.max(1, Math.round(durationMs * Math.exp(declaredErrorSigma * random.normal())));
}

function burstOf(id: string, durationsMs: readonly number[]): Burst {
  return {
    id,
    runs: durationsMs.map((durationMs, i) => ({
      name: `r${String(i).padStart(6, '0')}`,
      durationMs: Math.max(1, Math.round(durationMs)),
      slots: 1,
      arrivesAtMs: 0,
    })),
  };
}

function times<T>(count: number, make: (index: number) => T): readonly T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
