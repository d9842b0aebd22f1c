import type { LearnedTimes } from '../decide/learn-times.ts';
import type { ExperimentName, NodeId } from '../model/ids.ts';
import type { AttemptOutcome, Run } from '../model/run.ts';
import { canResume } from '../decide/checkpoints.ts';
import { DeclaredTimes } from './declared-times.ts';
import { DurationLearning } from './duration-learning.ts';
import { DurationMeans } from './duration-means.ts';
import type { SavedFailures } from './failure-book.ts';
import { FailureBook } from './failure-book.ts';

export interface SavedExperience {
  readonly failures: SavedFailures;
  readonly means: ReturnType<DurationMeans['saved']>;
  readonly durations: ReturnType<DurationLearning['saved']>;
  /** States of earlier versions have none. */
  readonly declared?: ReturnType<DeclaredTimes['saved']>;
}

/** What ended attempts teach: how long the runs of an experiment take, and whether runs or nodes are to blame for failures. */
export class Experience {
  readonly failures = new FailureBook();
  readonly means = new DurationMeans();
  readonly #durations = new DurationLearning();
  readonly #declared = new DeclaredTimes();

  saved(): SavedExperience {
    return {
      failures: this.failures.saved(),
      means: this.means.saved(),
      durations: this.#durations.saved(),
      declared: this.#declared.saved(),
    };
  }

  restore({ failures, means, durations, declared = [] }: SavedExperience): void {
    this.failures.restore(failures);
    this.means.restore(means);
    this.#durations.restore(durations);
    this.#declared.restore(declared);
  }

  learnedTimes(run: Run): LearnedTimes | null {
    return this.#durations.expected(run);
  }

  /** How wrong declared times proved to be: see `Snapshot`. */
  get declaredError(): number {
    return this.#declared.error;
  }

  /** What tells a ready run from others of its experiment by its learned time. */
  groupOf(run: Run): string {
    return this.#durations.groupOf(run);
  }

  /**
   * An attempt of `before` ended with `outcome` on a node of this host, which made the run what it is in `after`. Answers
   * whether the ready runs of its experiment are told apart in another way from now on.
   */
  follow(before: Run, after: Run, outcome: AttemptOutcome, host: string, atMs: number): boolean {
    let isRegrouped = false;
    if (after.status === 'finished' && outcome.startedAtMs !== null) {
      const tookMs = outcome.endedAtMs - outcome.startedAtMs;
      this.means.learn(after.experiment, tookMs);
      // An attempt that went on from a checkpoint did not do the whole work.
      if (before.attempt === 1 || !canResume(before)) {
        isRegrouped = this.#durations.learn(after, tookMs);
        this.#declared.learn(after, tookMs);
      }
    }
    this.failures.follow(before, after, outcome, host, atMs);
    return isRegrouped;
  }

  forgetNode(node: NodeId): void {
    this.failures.forgetNode(node);
  }

  forgetExperiment(experiment: ExperimentName): void {
    this.means.forget(experiment);
    this.#durations.forget(experiment);
    this.failures.forgetExperiment(experiment);
  }
}
