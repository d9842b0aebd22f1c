import type { ExperimentName, RunId } from '../model/ids.ts';
import { parseRunId, runId } from '../model/ids.ts';
import { globToRegExp } from '../model/glob.ts';
import type { ShapeIssue } from './check-shape.ts';
import { findCycles } from './dependency-cycles.ts';
import type { ExperimentReading } from './read-experiment.ts';
import { fullSelector, RunNames } from './run-names.ts';
import { didYouMean } from './suggest.ts';

type UsableReading = ExperimentReading & { readonly definition: NonNullable<ExperimentReading['definition']> };

/**
 * Reports dependencies on runs that nobody defines, and cycles, across all files. Works on selectors and not on pairs of
 * runs: `sweep@*` is one node between its 100 000 runs and those that wait for them. A cycle is reported in every file that
 * takes part, as each of them must keep its last good version.
 *
 * `readings` are all files; selectors that may mean a file without usable runs are not judged.
 */
export function checkDependencies(readings: readonly ExperimentReading[]): void {
  const usable = readings.filter((reading): reading is UsableReading => reading.definition !== null);
  const dependants = usable.filter(({ definition }) => definition.runs.some((run) => run.dependsOn.length > 0));
  if (dependants.length === 0) return;
  const names = new RunNames(usable.map(({ definition }) => definition));
  const members = new Map<string, readonly RunId[]>();
  const unusable = readings.filter((reading) => reading.definition === null).map((reading) => reading.name);
  for (const { definition } of dependants) {
    for (const run of definition.runs) {
      for (const selector of run.dependsOn) {
        const full = fullSelector(definition.name, selector);
        if (!members.has(full)) members.set(full, names.match(full));
      }
    }
  }
  for (const reading of dependants) reportUnknown(reading, names, members, unusable);
  reportCycles(dependants, members);
}

function reportUnknown(
  reading: UsableReading,
  names: RunNames,
  members: ReadonlyMap<string, readonly RunId[]>,
  unusable: readonly (ExperimentName | null)[],
): void {
  const { definition, origins, places, problems } = reading;
  const reported = new Set<string>();
  for (const [index, run] of definition.runs.entries()) {
    for (const [position, selector] of run.dependsOn.entries()) {
      const full = fullSelector(definition.name, selector);
      if ((members.get(full)?.length ?? 0) > 0 || mayMean(full, unusable)) continue;
      const { thing, base, rest } = places.ofRun(origins[index] ?? 'matrix', ['depends_on', position]);
      const key = JSON.stringify([base, rest]);
      if (reported.has(key)) continue;
      reported.add(key);
      problems.addIssue(thing, base, { path: rest, ...unknown(selector, full, names) });
    }
  }
}

function unknown(selector: string, full: string, names: RunNames): Omit<ShapeIssue, 'path'> {
  const issue = { at: 'value', severity: 'error', code: 'unknown-dependency' } as const;
  const halves = parseRunId(full);
  if (halves === null)
    return { ...issue, message: `'${selector}' names no run, expected experiment@run, or the id of a run of this experiment`, hint: null };
  const experiments = names.matchingExperiments(halves.experiment);
  if (experiments.length === 0)
    return {
      ...issue,
      message: `'${selector}': there is no experiment '${halves.experiment}'`,
      hint: didYouMean(halves.experiment, names.experiments),
    };
  const candidates = experiments.flatMap((experiment) => names.ids(experiment)).slice(0, mostCandidates);
  return { ...issue, message: `'${selector}' names no run`, hint: didYouMean(full, candidates) };
}

/** Comparing with every id of a large sweep would take longer than the rest of the reading. */
const mostCandidates = 2_000;

function mayMean(selector: string, unusable: readonly (ExperimentName | null)[]): boolean {
  const pattern = parseRunId(selector)?.experiment;
  if (pattern === undefined) return false;
  return unusable.some((name) => name === null || globToRegExp(pattern).test(name));
}

/** The graph: a node for each run that waits or is waited for, and one for each selector between them. */
function reportCycles(dependants: readonly UsableReading[], members: ReadonlyMap<string, readonly RunId[]>): void {
  const waiting = dependants.flatMap((reading) =>
    reading.definition.runs.flatMap((run, index) =>
      run.dependsOn.length === 0 ? [] : [{ reading, run, index, id: runId(reading.definition.name, run.name) }],
    ),
  );
  const nodeOfRun = new Map(waiting.map(({ id }, node) => [id, node]));
  const nodeOfSelector = new Map([...members.keys()].map((selector, index) => [selector, waiting.length + index]));
  const waitsFor = [
    ...waiting.map(({ reading, run }) =>
      run.dependsOn.map((selector) => nodeOfSelector.get(fullSelector(reading.definition.name, selector)) ?? -1),
    ),
    ...[...members.values()].map((ids) => ids.flatMap((id) => nodeOfRun.get(id) ?? [])),
  ];
  for (const cycle of findCycles(waitsFor)) {
    const runs = cycle.flatMap((node) => waiting[node] ?? []);
    const path = [...runs, ...runs.slice(0, 1)].map(({ id }) => id).join(' → ');
    const told = new Set<UsableReading>();
    for (const { reading, run, index } of runs) {
      if (told.has(reading)) continue;
      told.add(reading);
      const inCycle = run.dependsOn.findIndex((selector) =>
        cycle.includes(nodeOfSelector.get(fullSelector(reading.definition.name, selector)) ?? -1),
      );
      const { thing, base, rest } = reading.places.ofRun(reading.origins[index] ?? 'matrix', ['depends_on', inCycle]);
      const message =
        runs.length === 1
          ? `the run waits for itself through '${run.dependsOn[inCycle] ?? ''}'`
          : `runs wait for each other in a circle: ${path}`;
      reading.problems.addIssue(thing, base, {
        path: rest,
        at: 'value',
        severity: 'error',
        code: 'dependency-cycle',
        message,
        hint: runs.length === 1 ? 'name only the runs that it needs, or put it into an experiment of its own' : null,
      });
    }
  }
}
