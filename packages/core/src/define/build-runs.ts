import type { ExecutorDefinition, ParameterValue, RunDefinition } from '../model/definition.ts';
import type { ExperimentName } from '../model/ids.ts';
import { assert } from '../model/assert.ts';
import { runFolder } from '../model/work-dir.ts';
import type { ShapeIssue } from './check-shape.ts';
import { durationMs } from './duration-text.ts';
import type { RunSource } from './experiment-schema.ts';
import type { DefinitionPlaces, UnknownPlaceholder } from './fill-placeholders.ts';
import { PlaceholderFiller } from './fill-placeholders.ts';
import { readCheckpoint } from './read-checkpoint.ts';
import { executorTexts, fillExecutor, readExecutor } from './read-executor.ts';
import { shareEqual } from './share-equal.ts';
import { resourceAmounts } from './resource-amounts.ts';
import { didYouMean } from './suggest.ts';
import type { ValuePath } from './source.ts';

export type ReportIssue = (issue: ShapeIssue) => void;

type Parameters = Readonly<Record<string, ParameterValue>>;
/** A text with its placeholders filled; `path` is where it stands, for problems. */
export type Fill = (text: string, path: ValuePath) => string;

/** What a run's source says, read once for all combinations of a matrix; the functions fill in what differs between them. */
interface Blueprint {
  readonly parts: Omit<RunDefinition, 'name' | 'cmd' | 'parameters' | 'executor'>;
  readonly cmd: (fill: Fill) => readonly string[];
  readonly executor: (fill: Fill) => ExecutorDefinition;
}

/** Makes the runs of one file. Equal parts are shared between them. */
export class RunBuilder {
  readonly #experiment: ExperimentName;
  readonly #places: DefinitionPlaces;
  readonly #isLiteral: boolean;
  readonly #filler: PlaceholderFiller;
  readonly #share = shareEqual();

  /** `isLiteral`: braces stand for themselves, and paths are taken as they are. */
  constructor(experiment: ExperimentName, places: DefinitionPlaces, isLiteral: boolean) {
    this.#experiment = experiment;
    this.#isLiteral = isLiteral;
    this.#filler = new PlaceholderFiller(isLiteral);
    this.#places = places;
  }

  /** The id of a run from its template. Folders have no place in it. */
  fillId(template: string, parameters: Parameters, report: ReportIssue): string {
    return this.#filler.fill(template, { folders: {}, parameters }, unknownReporter(['id'], report));
  }

  blueprint(source: RunSource, report: ReportIssue): Blueprint {
    const cmd = (source.cmd ?? []).map(String);
    const executor = readExecutor(source.executor, (issue) => report({ ...issue, path: ['executor', ...issue.path] }));
    return {
      parts: this.#parts(source, report),
      cmd: this.#onceIfConstant(cmd, (fill) => cmd.map((text, index) => fill(text, ['cmd', index]))),
      executor: this.#onceIfConstant(executorTexts(executor), (fill) => this.#fillExecutor(executor, fill)),
    };
  }

  /** One run of a blueprint. `given` are its parameters before their placeholders are filled. */
  build(blueprint: Blueprint, name: string, given: Parameters, report: ReportIssue): RunDefinition {
    const runDir = `${this.#places.workDir}/${runFolder(this.#experiment, name)}`;
    const values = { folders: { def_dir: this.#places.defDir, work_dir: this.#places.workDir, run_dir: runDir }, parameters: given };
    const fill: Fill = (text, path) => this.#filler.fill(text, values, unknownReporter(path, report));
    return {
      name,
      cmd: blueprint.cmd(fill),
      parameters: this.#isLiteral ? given : fillParameters(given, fill),
      ...blueprint.parts,
      executor: blueprint.executor(fill),
    };
  }

  /** What is literal keeps paths that mean the run directory, as they did in the original; keys that are new mean the def-dir. */
  #fillExecutor(executor: ExecutorDefinition, fill: Fill): ExecutorDefinition {
    const filled = fillExecutor(executor, this.#places.defDir, fill);
    return this.#isLiteral ? { ...filled, venv: executor.venv, pythonSearchPath: executor.pythonSearchPath } : filled;
  }

  #parts(source: RunSource, report: ReportIssue): Blueprint['parts'] {
    const checkpoint = readCheckpoint(source.checkpoint, (issue) => report({ ...issue, path: ['checkpoint', ...issue.path] }));
    return {
      parameterFormat: source.parameter_format ?? 'argparse',
      clusters: this.#share(typeof source.cluster === 'string' ? [source.cluster] : (source.cluster ?? [])),
      resources: this.#share({ ...resourceAmounts(source.resources ?? {}), slots: source.slots ?? source.resources?.slots ?? 1 }),
      priority: source.priority ?? 0,
      timeMs: source.time === undefined ? null : durationMs(source.time),
      timeLimitMs: source.time_limit === undefined ? null : durationMs(source.time_limit),
      dependsOn: this.#share(source.depends_on ?? []),
      retries: source.retries ?? 0,
      ...(source.retry_on === undefined ? {} : { retryOn: this.#share(source.retry_on) }),
      ...(source.retry_delay === undefined ? {} : { retryDelayMs: durationMs(source.retry_delay) }),
      crashLimit: source.crash_limit ?? null,
      checkpoint: this.#share(checkpoint),
    };
  }

  /** Texts that are the same for every run are filled now, and their result is shared. */
  #onceIfConstant<T extends object>(texts: readonly string[], filled: (fill: Fill) => T): (fill: Fill) => T {
    if (!texts.every((text) => this.#filler.isConstant(text))) return filled;
    const values = { folders: { def_dir: this.#places.defDir, work_dir: this.#places.workDir }, parameters: {} };
    const once = this.#share(
      filled((text) => this.#filler.fill(text, values, (unknown) => assert(false, `{${unknown.name}} is no folder of every run`))),
    );
    return () => once;
  }
}

function unknownReporter(path: ValuePath, report: ReportIssue): (unknown: UnknownPlaceholder) => void {
  return ({ name, because, names }) => {
    const message =
      because === null
        ? `there is no parameter or folder for the placeholder '{${name}}'`
        : `the placeholder '{${name}}' cannot be filled: ${because}`;
    const hint =
      because === null
        ? (didYouMean(
            `{${name}}`,
            names.map((known) => `{${known}}`),
          ) ?? `write {{${name}}} for the text {${name}}`)
        : null;
    report({ path, at: 'value', severity: 'error', code: 'unknown-placeholder', message, hint });
  };
}

function fillParameters(given: Parameters, fill: Fill): Parameters {
  if (!Object.values(given).some((value) => typeof value === 'string' && value.includes('{'))) return given;
  return Object.fromEntries(
    Object.entries(given).map(([key, value]) => [key, typeof value === 'string' ? fill(value, ['parameters', key]) : value]),
  );
}
