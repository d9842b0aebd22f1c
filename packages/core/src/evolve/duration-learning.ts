import type { ExperimentName } from '../model/ids.ts';

/** Newest runs weigh as much as the 20 before them: follows a sweep that grows longer, ignores one outlier. */
const newestWeight = 0.05;

/** Mean duration of the finished runs of each experiment, newer ones weighing more. */
export class DurationLearning {
  readonly #meanMs = new Map<ExperimentName, number>();

  learn(experiment: ExperimentName, durationMs: number): void {
    const mean = this.#meanMs.get(experiment);
    this.#meanMs.set(experiment, mean === undefined ? durationMs : mean + (durationMs - mean) * newestWeight);
  }

  expectedMs(experiment: ExperimentName): number | null {
    return this.#meanMs.get(experiment) ?? null;
  }

  forget(experiment: ExperimentName): void {
    this.#meanMs.delete(experiment);
  }
}
