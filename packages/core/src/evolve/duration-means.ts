import type { ExperimentName } from '../model/ids.ts';
import type { LearnedDuration } from '../decide/remaining-time.ts';

/** Newest runs weigh as much as the 20 before them: follows a sweep that grows longer, ignores one outlier. */
const newestWeight = 0.05;

/** Mean and spread of the durations of the finished runs of each experiment, newer ones weighing more. */
export class DurationMeans {
  readonly #learned = new Map<ExperimentName, LearnedDuration>();

  saved(): readonly (readonly [ExperimentName, LearnedDuration])[] {
    return [...this.#learned];
  }

  restore(learned: readonly (readonly [ExperimentName, LearnedDuration])[]): void {
    for (const [experiment, duration] of learned) this.#learned.set(experiment, duration);
  }

  learn(experiment: ExperimentName, durationMs: number): void {
    const before = this.#learned.get(experiment);
    if (before === undefined) {
      this.#learned.set(experiment, { meanMs: durationMs, spreadMs: 0, count: 1 });
      return;
    }
    const difference = durationMs - before.meanMs;
    const meanMs = before.meanMs + difference * newestWeight;
    const variance = (1 - newestWeight) * (before.spreadMs ** 2 + newestWeight * difference ** 2);
    this.#learned.set(experiment, { meanMs, spreadMs: Math.sqrt(variance), count: before.count + 1 });
  }

  of(experiment: ExperimentName): LearnedDuration | null {
    return this.#learned.get(experiment) ?? null;
  }

  forget(experiment: ExperimentName): void {
    this.#learned.delete(experiment);
  }
}
