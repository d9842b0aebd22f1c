import type { LearnedTimes, TimeModel, TookSample } from '../decide/learn-times.ts';
import type { ParameterValue } from '../model/definition.ts';
import type { ExperimentName } from '../model/ids.ts';
import type { Run } from '../model/run.ts';
import { learnedTimes, modelOf } from '../decide/learn-times.ts';

/** The newest so many finished runs teach: enough for the quantiles of a few groups, and a sweep that grows longer is followed. */
const samplesMax = 200;
/** The model is made anew when this part of its samples is new: asking is frequent, finishing is not. */
const renewShare = 0.1;

/** Two groups of the fewest samples that say anything. */
const groupedFrom = 6;

/** The parameter by which ready runs of an experiment are told apart, and the values of which something is known. */
export interface TimeGroups {
  readonly by: string;
  readonly values: readonly ParameterValue[];
}

interface Lesson {
  readonly samples: TookSample[];
  model: TimeModel | null;
  newSamples: number;
  /** All that finished, those that are no samples any more included. */
  finished: number;
  groups: TimeGroups | null;
  /** How many had finished when the groups were made. */
  groupedAt: number;
}

/** What is kept of an experiment: models follow from it. */
export type SavedLesson = Pick<Lesson, 'samples' | 'finished' | 'groups' | 'groupedAt'>;

/** What the finished runs of each experiment took, as a model of how long the others will take. */
export class DurationLearning {
  readonly #lessons = new Map<ExperimentName, Lesson>();

  saved(): readonly (readonly [ExperimentName, SavedLesson])[] {
    return [...this.#lessons].map(([experiment, { samples, finished, groups, groupedAt }]) => [
      experiment,
      { samples, finished, groups, groupedAt },
    ]);
  }

  /** Models are made when they are asked for. */
  restore(lessons: readonly (readonly [ExperimentName, SavedLesson])[]): void {
    for (const [experiment, lesson] of lessons)
      this.#lessons.set(experiment, { ...lesson, samples: [...lesson.samples], model: null, newSamples: lesson.samples.length });
  }

  /**
   * Answers whether the ready runs of its experiment are told apart in another way from now on. That is looked at whenever
   * twice as many have finished: it costs a walk over them, and at the end of a sweep little can change.
   */
  learn(run: Run, tookMs: number): boolean {
    const lesson = this.#lessons.get(run.experiment) ?? {
      samples: [],
      model: null,
      newSamples: 0,
      finished: 0,
      groups: null,
      groupedAt: 0,
    };
    this.#lessons.set(run.experiment, lesson);
    lesson.samples.push({ parameters: run.definition.parameters, tookMs });
    if (lesson.samples.length > samplesMax) lesson.samples.shift();
    lesson.newSamples += 1;
    lesson.finished += 1;
    if (lesson.finished < Math.max(groupedFrom, 2 * lesson.groupedAt)) return false;
    lesson.groupedAt = lesson.finished;
    const before = lesson.groups;
    lesson.groups = groupsOf(modelOf(lesson.samples));
    return JSON.stringify(lesson.groups) !== JSON.stringify(before);
  }

  /** The part of a shape that runs of about the same learned time share; empty when nothing tells them apart. */
  groupOf({ experiment, definition }: Run): string {
    const groups = definition.timeMs === null ? (this.#lessons.get(experiment)?.groups ?? null) : null;
    const value = groups === null ? undefined : definition.parameters[groups.by];
    return groups === null || value === undefined || !groups.values.includes(value) ? '' : ` ${experiment}: ${groups.by}=${value}`;
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

function groupsOf(model: TimeModel | null): TimeGroups | null {
  if (model === null || model.by === null) return null;
  return { by: model.by, values: [...model.groups.keys()].flatMap((value) => value ?? []).sort() };
}
