import type { ParameterValue, ResourceVector, RunDefinition } from '../model/definition.ts';
import type { ClusterName, ExperimentName } from '../model/ids.ts';
import type { ReportIssue } from './build-runs.ts';
import { RunBuilder } from './build-runs.ts';
import type { ExperimentSource, RunSource } from './experiment-schema.ts';
import type { DefinitionPlaces } from './fill-placeholders.ts';
import type { Combination } from './matrix.ts';
import { expandMatrix } from './matrix.ts';
import { mergeDefaults } from './merge-defaults.ts';
import { nameExpectation, nameKey, nameObjection } from './names.ts';
import type { ProblemList } from './problem-list.ts';
import type { ReadText } from './read-rows.ts';
import { readRows } from './read-rows.ts';
import type { RunOrigin, RunPlaces } from './run-places.ts';
import { formatAmount } from '../model/amount.ts';
import { resourceAmounts } from './resource-amounts.ts';
import { shorten } from './show-value.ts';
import { didYouMean } from './suggest.ts';
import type { ValuePath } from './source.ts';

/**
 * What an experiment file is read with. `clusters` holds what a node of each cluster has, null for a cluster whose own
 * definition is wrong; it is null when nothing is known about clusters, then no name is unknown.
 */
export interface ExperimentContext extends DefinitionPlaces {
  /** Reads files that definitions name; without it none is there. */
  readonly readText?: ReadText;
  readonly clusters: ReadonlyMap<ClusterName, ResourceVector | null> | null;
}

export interface RunsReading {
  readonly runs: readonly RunDefinition[];
  /** For each run, where it comes from. */
  readonly origins: readonly RunOrigin[];
}

/** An experiment whose shape is right, and what to tell about it. `brokenRuns` are indices of runs that are left out. */
export interface ExperimentToRead {
  readonly name: ExperimentName;
  readonly source: ExperimentSource;
  readonly brokenRuns: ReadonlySet<number>;
  /** Whether braces stand for themselves. */
  readonly isLiteral: boolean;
  readonly problems: ProblemList;
  readonly places: RunPlaces;
}

/** Makes the runs of an experiment: those written out, those of the matrix, then those of rows. Every problem is reported once per place. */
export function readRuns(
  { name, source, brokenRuns, isLiteral, problems, places }: ExperimentToRead,
  context: ExperimentContext,
): RunsReading {
  const builder = new RunBuilder(name, context, isLiteral);
  const reader = new RunReader(builder, source, context, problems, places);
  for (const [index, run] of (source.runs ?? []).entries()) if (!brokenRuns.has(index)) reader.readWritten(index, run);
  if (source.matrix !== undefined) {
    const { combinations, issues } = expandMatrix(source.matrix);
    for (const issue of issues) problems.addIssue('matrix', ['matrix'], issue);
    reader.readCombinations('matrix', combinations);
  }
  for (const key of ['from_csv', 'from_jsonl'] as const) {
    const file = source[key];
    if (file === undefined) continue;
    const { rows, issue } = readRows(key, file, context);
    if (issue !== null) problems.addIssue('', [], { ...issue, path: [key] });
    reader.readCombinations(key, rows);
  }
  return reader;
}

/** The column of rows that names the run; no parameter. */
const rowId = 'id';

interface IdObjection {
  readonly code: 'bad-name' | 'duplicate-id';
  readonly message: string;
}

class RunReader implements RunsReading {
  readonly runs: RunDefinition[] = [];
  readonly origins: RunOrigin[] = [];
  readonly #source: ExperimentSource;
  readonly #context: ExperimentContext;
  readonly #problems: ProblemList;
  readonly #places: RunPlaces;
  readonly #builder: RunBuilder;
  /** First run of each name, by the key under which names must differ. */
  readonly #names = new Map<string, string>();
  readonly #reported = new Set<string>();

  constructor(builder: RunBuilder, source: ExperimentSource, context: ExperimentContext, problems: ProblemList, places: RunPlaces) {
    this.#source = source;
    this.#context = context;
    this.#problems = problems;
    this.#places = places;
    this.#builder = builder;
  }

  readWritten(index: number, own: RunSource & { readonly id?: string | number }): void {
    const { id: ownId, ...rest } = own;
    const source = mergeDefaults(this.#source.defaults ?? {}, rest);
    const report = this.#reporter(index);
    const parameters = source.parameters ?? {};
    this.#checkSource(source, index, report);
    const template = ownId ?? this.#source.id;
    if (template === undefined) {
      report({
        path: [],
        at: 'value',
        severity: 'error',
        code: 'missing-key',
        message: "key 'id' is missing, expected a name for the run, or a template 'id' of the experiment",
        hint: null,
      });
      return;
    }
    const name = this.#builder.fillId(String(template), parameters, report);
    const objection = this.#objection(name);
    if (objection !== null) report({ path: ['id'], at: 'value', severity: 'error', hint: null, ...objection });
    this.#push(index, this.#builder.build(this.#builder.blueprint(source, report), name, parameters, report));
  }

  /** All combinations have one source (a column `id` of rows names the run); it is read once. Bad ids are reported once, as they come from one template. */
  readCombinations(origin: 'matrix' | 'from_csv' | 'from_jsonl', combinations: readonly Combination[]): void {
    const source: RunSource = this.#source.defaults ?? {};
    const report = this.#reporter(origin);
    this.#checkSource(source, origin, report);
    const blueprint = this.#builder.blueprint(source, report);
    let firstObjection: IdObjection | null = null;
    let bad = 0;
    for (const combination of combinations) {
      const parameters: Record<string, ParameterValue> = { ...source.parameters, ...combination };
      const template = this.#source.id ?? (origin !== 'matrix' && rowId in combination ? `{${rowId}}` : defaultIdTemplate(combination));
      const name = this.#builder.fillId(template, parameters, report);
      if (origin !== 'matrix') delete parameters[rowId];
      const objection = this.#objection(name);
      if (objection !== null) bad += 1;
      firstObjection ??= objection;
      this.#push(origin, this.#builder.build(blueprint, name, parameters, report));
    }
    if (firstObjection === null) return;
    const missing = Object.keys(combinations[0] ?? {}).filter(
      (key) => this.#source.id !== undefined && !this.#source.id.includes(`{${key}}`),
    );
    const hint =
      firstObjection.code === 'duplicate-id' && missing.length > 0
        ? `the template leaves out ${missing.map((key) => `{${key}}`).join(', ')}`
        : null;
    const others = bad === 1 ? '' : `, and ${bad - 1} more like it`;
    report({
      path: ['id'],
      at: 'value',
      severity: 'error',
      code: firstObjection.code,
      message: `${firstObjection.message}${others}`,
      hint,
    });
  }

  #push(origin: RunOrigin, run: RunDefinition): void {
    this.runs.push(run);
    this.origins.push(origin);
  }

  /** What every run must say, wherever it says it. */
  #checkSource(source: RunSource, origin: RunOrigin, report: ReportIssue): void {
    const missing = (key: string, expected: string) =>
      report({
        path: [],
        at: 'value',
        severity: 'error',
        code: 'missing-key',
        message: `key '${key}' is missing, expected ${expected}`,
        hint: `add it to the ${typeof origin === 'number' ? 'run or the ' : ''}defaults`,
      });
    if (source.cmd === undefined) missing('cmd', 'a list that begins with the program');
    if (source.cluster === undefined) missing('cluster', 'the name of a cluster');
    const names = typeof source.cluster === 'string' ? [source.cluster] : (source.cluster ?? []);
    const pathOf = (index: number) => (typeof source.cluster === 'string' ? ['cluster'] : ['cluster', index]);
    for (const [index, name] of names.entries()) this.#checkCluster(name, pathOf(index), source, report);
  }

  #checkCluster(name: ClusterName, path: ValuePath, source: RunSource, report: ReportIssue): void {
    const { clusters } = this.#context;
    if (clusters === null) return;
    const node = clusters.get(name);
    if (node === undefined) {
      const hint = didYouMean(name, clusters.keys()) ?? (clusters.size === 0 ? null : `clusters are ${[...clusters.keys()].join(', ')}`);
      report({
        path,
        at: 'value',
        severity: 'error',
        code: 'unknown-cluster',
        message: `there is no cluster '${name}' in clusters.yaml`,
        hint,
      });
    }
    if (node == null) return;
    const wanted = source.slots ?? source.resources?.slots ?? 1;
    const slotsPath = source.slots === undefined ? ['resources', 'slots'] : ['slots'];
    if (wanted > node.slots) {
      report({
        path: slotsPath,
        at: 'value',
        severity: 'warning',
        code: 'too-many-slots',
        message: `a run of ${wanted} slots cannot start on '${name}', whose nodes have ${node.slots}`,
        hint: null,
      });
    }
    this.#checkResources(name, node, source, report);
  }

  /** A mistyped name would wait for a node that never comes; another cluster of the list may have it, so it is no error. */
  #checkResources(cluster: ClusterName, node: ResourceVector, source: RunSource, report: ReportIssue): void {
    for (const [resource, asked] of Object.entries(resourceAmounts(source.resources ?? {}))) {
      const has = node[resource] ?? 0;
      if (resource === 'slots' || asked <= has) continue;
      const message =
        node[resource] === undefined
          ? `a run with ${resource} cannot start on '${cluster}', whose nodes do not say that they have any`
          : `a run with ${formatAmount(resource, asked)} ${resource} cannot start on '${cluster}', whose nodes have ${formatAmount(resource, has)}`;
      const mistyped = ['cpus', 'gpus', 'mem'].includes(resource) ? null : didYouMean(resource, Object.keys(node));
      const hint = node[resource] === undefined ? (mistyped ?? `add resources: {${resource}: …} to the cluster`) : null;
      report({ path: ['resources', resource], at: 'value', severity: 'warning', code: 'too-large', message, hint });
    }
  }

  #objection(name: string): IdObjection | null {
    const objection = nameObjection(name);
    if (objection !== null) return { code: 'bad-name', message: `the id '${shorten(name)}' ${objection}, expected ${nameExpectation}` };
    const twin = this.#names.get(nameKey(name));
    this.#names.set(nameKey(name), name);
    if (twin === undefined) return null;
    return {
      code: 'duplicate-id',
      message: twin === name ? `two runs have the id '${name}'` : `the ids '${twin}' and '${name}' differ only by case`,
    };
  }

  #reporter(origin: RunOrigin): ReportIssue {
    return (issue) => {
      const { thing, base, rest } = this.#places.ofRun(origin, issue.path);
      const key = JSON.stringify([base, rest, issue.message]);
      if (this.#reported.has(key)) return;
      this.#reported.add(key);
      this.#problems.addIssue(thing, base, { ...issue, path: rest });
    };
  }
}

/** `lr0.1_seed3`: every parameter of the matrix with its value. */
function defaultIdTemplate(combination: Readonly<Record<string, ParameterValue>>): string {
  return Object.keys(combination)
    .map((key) => `${key}{${key}}`)
    .join('_');
}
