import type { ExperimentDefinition } from '../model/definition.ts';
import type { ExperimentName } from '../model/ids.ts';
import type { ShapeIssue } from './check-shape.ts';
import { compileShape } from './check-shape.ts';
import type { ExperimentSource } from './experiment-schema.ts';
import { experimentSchema } from './experiment-schema.ts';
import { readLimits } from './read-budget.ts';
import { isMapping } from './mapping.ts';
import { nameExpectation, nameObjection } from './names.ts';
import { ProblemList } from './problem-list.ts';
import type { ExperimentContext } from './read-runs.ts';
import { readRuns } from './read-runs.ts';
import type { RunOrigin } from './run-places.ts';
import { RunPlaces } from './run-places.ts';
import type { DefinitionSource } from './source.ts';

/**
 * What one experiment file says. `definition` is null when its shape is wrong; with other errors in `problems` it is there
 * for the checks across files, and for nothing else. `name` is null when the file does not let us know.
 */
export interface ExperimentReading {
  readonly file: string;
  readonly name: ExperimentName | null;
  readonly definition: ExperimentDefinition | null;
  /** For each run, where it comes from. */
  readonly origins: readonly RunOrigin[];
  readonly problems: ProblemList;
  readonly places: RunPlaces;
}

const checkExperiment = compileShape(experimentSchema);

export function readExperiment(source: DefinitionSource, context: ExperimentContext): ExperimentReading {
  const { file } = source;
  const problems = new ProblemList(source);
  const places = new RunPlaces(source.value);
  const name = nameOf(file, source.value) ?? source.lastName;
  const unusable: ExperimentReading = { file, name, definition: null, origins: [], problems, places };
  if (source.value === undefined) return unusable;
  const shape = checkExperiment(source.value);
  for (const { path, found } of source.strangeValues) {
    const { thing, base, rest } = places.ofPath(path);
    problems.addIssue(thing, base, {
      path: rest,
      at: 'value',
      severity: 'error',
      code: 'wrong-value',
      message: `expected data, found ${found}`,
      hint: null,
    });
  }
  for (const issue of shape.issues) {
    const { thing, base, rest } = places.ofPath(issue.path);
    problems.addIssue(thing, base, { ...issue, path: rest });
  }
  if (name === null) return unusable;
  const readable =
    shape.kind === 'accepted' ? { source: shape.value, brokenRuns: new Set<number>() } : withoutBrokenParts(source.value, shape.issues);
  if (readable === null) return unusable;
  const objection = readable.source.name === undefined ? nameObjection(name) : null;
  if (objection !== null)
    problems.add(
      [],
      'value',
      'bad-name',
      `the experiment is named after its file, and '${name}' ${objection}, expected ${nameExpectation}`,
      'add the key name',
    );
  const { runs: written, matrix, from_csv: csv, from_jsonl: jsonl } = readable.source;
  if ([written, matrix, csv, jsonl].every((key) => key === undefined))
    problems.add([], 'value', 'missing-key', `experiment '${name}' has no runs, expected the key runs, matrix, from_csv or from_jsonl`);
  const { runs, origins } = readRuns({ name, ...readable, isLiteral: source.isLiteral, problems, places }, context);
  if (shape.kind === 'refused') return unusable;
  if (problems.errorCount === 0 && runs.length > 0 && runs.every((run) => run.checkpoint.kind === 'undeclared')) {
    problems.warn(
      ['name'],
      'value',
      'undeclared-checkpoint',
      `experiment '${name}' does not say how its runs survive a stop`,
      'add checkpoint: none, {every: 10m} or {signal: USR1, exit_code: 85} to the defaults',
    );
  }
  const limits = readLimits(readable.source);
  return {
    ...unusable,
    definition: { name, autostart: readable.source.autostart ?? false, ...(limits === null ? {} : { limits }), runs },
    origins,
  };
}

/**
 * What can still be read of an experiment of the wrong shape, so that its other problems are told at once: all but runs that
 * are wrong themselves and keys that nobody knows. Null when more than these is wrong.
 */
function withoutBrokenParts(
  value: unknown,
  issues: readonly ShapeIssue[],
): { readonly source: ExperimentSource; readonly brokenRuns: ReadonlySet<number> } | null {
  if (!isMapping(value)) return null;
  const brokenRuns = new Set<number>();
  const rest = new Map(Object.entries(value));
  for (const { path, code } of issues) {
    const [section, index] = path;
    if (section === 'runs' && index !== undefined) brokenRuns.add(Number(index));
    else if (code === 'unknown-key' && path.length === 1) rest.delete(String(section));
    else return null;
  }
  const runs = rest.get('runs');
  if (Array.isArray(runs))
    rest.set(
      'runs',
      runs.map((run: unknown, index) => (brokenRuns.has(index) ? {} : run)),
    );
  const shape = checkExperiment(Object.fromEntries(rest));
  return shape.kind === 'accepted' ? { source: shape.value, brokenRuns } : null;
}

/** The name in the file; the file's own name when it gives none; null when it is not to be read. */
function nameOf(file: string, value: unknown): ExperimentName | null {
  if (!isMapping(value)) return null;
  const { name } = value;
  if (name === undefined) return file.slice(file.lastIndexOf('/') + 1).replace(/\.[^.]+$/, '');
  return typeof name === 'string' ? name : null;
}
