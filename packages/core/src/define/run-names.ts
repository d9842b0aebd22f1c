import { globToRegExp } from '../model/glob.ts';
import type { ExperimentName, RunId } from '../model/ids.ts';
import { compareIds, parseRunId, runId } from '../model/ids.ts';

/** All runs by name, for selectors: a name without `*` is looked up, one with `*` searched from its literal beginning. */
export class RunNames {
  readonly #experiments = new Map<ExperimentName, { readonly names: ReadonlySet<string>; readonly sorted: readonly string[] }>();

  constructor(experiments: Iterable<{ readonly name: ExperimentName; readonly runs: readonly { readonly name: string }[] }>) {
    for (const { name, runs } of experiments) {
      const names = new Set(runs.map((run) => run.name));
      this.#experiments.set(name, { names, sorted: [...names].sort(compareIds) });
    }
  }

  get experiments(): readonly ExperimentName[] {
    return [...this.#experiments.keys()];
  }

  /** Ids of the runs of an experiment, to suggest from. */
  ids(experiment: ExperimentName): readonly RunId[] {
    return (this.#experiments.get(experiment)?.sorted ?? []).map((name) => runId(experiment, name));
  }

  /** The runs that a selector `experiment@run` names, each half with or without `*`. */
  match(selector: string): readonly RunId[] {
    const halves = parseRunId(selector);
    if (halves === null) return [];
    return this.matchingExperiments(halves.experiment).flatMap((experiment) => this.#matchRuns(experiment, halves.name));
  }

  matchingExperiments(pattern: string): readonly ExperimentName[] {
    if (!pattern.includes('*')) return this.#experiments.has(pattern) ? [pattern] : [];
    const expression = globToRegExp(pattern);
    return this.experiments.filter((name) => expression.test(name));
  }

  #matchRuns(experiment: ExperimentName, pattern: string): readonly RunId[] {
    const runs = this.#experiments.get(experiment);
    if (runs === undefined) return [];
    const star = pattern.indexOf('*');
    if (star === -1) return runs.names.has(pattern) ? [runId(experiment, pattern)] : [];
    const prefix = pattern.slice(0, star);
    const expression = globToRegExp(pattern);
    const found: RunId[] = [];
    for (let index = firstNotBelow(runs.sorted, prefix); index < runs.sorted.length; index++) {
      const name = runs.sorted[index] ?? '';
      if (!name.startsWith(prefix)) break;
      if (expression.test(name)) found.push(runId(experiment, name));
    }
    return found;
  }
}

function firstNotBelow(sorted: readonly string[], wanted: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? '') < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A selector of `depends_on` in full: without `@` it names runs of the same experiment. */
export function fullSelector(experiment: ExperimentName, selector: string): string {
  return selector.includes('@') ? selector : `${experiment}@${selector}`;
}
