import type { LearnedTimes, TimeModel, TookSample } from '../decide/learn-times.ts';
import type { ExperimentName } from '../model/ids.ts';
import type { Run } from '../model/run.ts';
import { learnedTimes, modelOf } from '../decide/learn-times.ts';

/** The newest so many finished runs teach: enough for the quantiles of a few groups, and a sweep that grows longer is followed. */
const samplesMax = 200;
/** The model is made anew when this part of its samples is new: asking is frequent, finishing is not. */
const renewShare = 0.1;

interface Lesson {
  readonly samples: TookSample[];
  model: TimeModel | null;
  newSamples: number;
}

/** What the finished runs of each experiment took, as a model of how long the others will take. */
export class DurationLearning {
  readonly #lessons = new Map<ExperimentName, Lesson>();

  saved(): readonly (readonly [ExperimentName, readonly TookSample[]])[] {
    return [...this.#lessons].map(([experiment, { samples }]) => [experiment, samples]);
  }

  /** Models are made when they are asked for. */
  restore(lessons: readonly (readonly [ExperimentName, readonly TookSample[]])[]): void {
    for (const [experiment, samples] of lessons) this.#lessons.set(experiment, { samples: [...samples], model: null, newSamples: samples.length });
  }

  learn(run: Run, tookMs: number): void {
    const lesson = this.#lessons.get(run.experiment) ?? { samples: [], model: null, newSamples: 0 };
    this.#lessons.set(run.experiment, lesson);
    lesson.samples.push({ parameters: run.definition.parameters, tookMs });
    if (lesson.samples.length > samplesMax) lesson.samples.shift();
    lesson.newSamples += 1;
  }

  /** What is expected of an attempt from its beginning; null while too few have finished. */
  expected(run: Run): LearnedTimes | null {
    const lesson = this.#lessons.get(run.experiment);
    if (lesson === undefined) return null;
    if (lesson.newSamples > lesson.samples.length * renewShare) {
      lesson.model = modelOf(lesson.samples);
      lesson.newSamples = 0;
    }
    return lesson.model === null ? null : learnedTimes(lesson.model, run.definition.parameters);
  }

  forget(experiment: ExperimentName): void {
    this.#lessons.delete(experiment);
  }
}
