import type { DatabaseSync } from 'node:sqlite';
import type { FacetCount, ParameterFacet, RunFacets } from '../ports/run-index.ts';
import type { Selector } from '../select/selector.ts';
import { compareIds } from '../model/ids.ts';
import { selectorMatcher } from '../select/matches-selector.ts';
import { selectorSql } from '../select/selector-sql.ts';
import { everyRun } from '../select/selector.ts';

/** More values than these are not listed: nobody chooses from more. */
export const longestFacet = 100;
export const longestParameterList = 20;
/** Counting the values of a parameter stops here; a list shows "more than 1 000". */
export const mostDistinctValues = 1_001;
/** Parameters of more experiments than these make no common table. */
export const mostExperimentsWithParameters = 50;

/** Runs that are equal in all that facets count by, and that matched what facets do not count by. */
export interface FacetGroup {
  readonly experiment: string;
  readonly status: string;
  readonly reason: string;
  readonly clusters: readonly string[];
  readonly node: string | null;
  readonly runs: number;
}

/**
 * Runs are counted by group with every change, so a question costs what there are groups, not runs. Only names, exceptions,
 * kinds of failure and conditions on parameters need a walk over the runs.
 */
export function countFacets(database: DatabaseSync, selector: Selector): RunFacets {
  return facetsOf(groupsOf(database, selector), selector, (experiments) => parameterFacets(database, experiments));
}

/** The facets of these groups. `parametersOf` is asked with the experiments that were found. */
export function facetsOf(
  groups: readonly FacetGroup[],
  selector: Selector,
  parametersOf: (experiments: readonly string[]) => readonly ParameterFacet[],
): RunFacets {
  const meant = (part: Partial<Selector>): readonly FacetGroup[] => {
    const isMeant = selectorMatcher({ ...selector, names: [], except: [], failures: [], where: [], ...part });
    return groups.filter((group) => isMeant({ ...group, id: '', failure: null, parameters: {} }));
  };
  const matching = meant({});
  const experiments = [...new Set(matching.map((group) => group.experiment))];
  return {
    total: matching.reduce((sum, group) => sum + group.runs, 0),
    status: countValues(meant({ statuses: [] }), (group) => [group.status]),
    reason: countValues(meant({ reasons: [] }), (group) => [group.reason]),
    experiment: countValues(meant({ experiments: [] }), (group) => [group.experiment]),
    cluster: countValues(meant({ clusters: [] }), (group) => [...new Set(group.clusters)]),
    node: countValues(meant({ nodes: [] }), (group) => (group.node === null ? [] : [group.node])),
    parameters: experiments.length > mostExperimentsWithParameters ? [] : parametersOf(experiments),
  };
}

/** Groups of the runs that match the names, failures and conditions of the selector; its other parts are left to the groups. */
function groupsOf(database: DatabaseSync, { names, except, failures, where }: Selector): readonly FacetGroup[] {
  const condition = selectorSql({ ...everyRun, names, except, failures, where });
  const isWalk = names.length + except.length + failures.length + where.length > 0;
  const walk = `JOIN (SELECT facet_group, COUNT(*) AS runs FROM runs WHERE ${condition.text} GROUP BY facet_group) AS counted ON counted.facet_group = facet_groups.number`;
  const found = database
    .prepare(
      `SELECT experiment, status, reason, node, names, ${isWalk ? 'counted' : 'facet_groups'}.runs AS runs
       FROM facet_groups JOIN cluster_lists ON cluster_lists.number = facet_groups.cluster_list ${isWalk ? walk : ''}`,
    )
    .all(...condition.values) as unknown as readonly (Omit<FacetGroup, 'clusters'> & { readonly names: string })[];
  const lists = new Map<string, readonly string[]>();
  return found.map(({ names: json, node, ...group }) => {
    const clusters = lists.get(json) ?? (JSON.parse(json) as readonly string[]);
    lists.set(json, clusters);
    return { ...group, node: node === '' ? null : node, clusters };
  });
}

function countValues(groups: readonly FacetGroup[], valuesOf: (group: FacetGroup) => readonly string[]): readonly FacetCount[] {
  const counts = new Map<string, number>();
  for (const group of groups) for (const value of valuesOf(group)) counts.set(value, (counts.get(value) ?? 0) + group.runs);
  return mostFrequent(counts, longestFacet);
}

/** The most frequent first, by value among equals. */
export function mostFrequent(counts: ReadonlyMap<string, number>, limit: number): readonly FacetCount[] {
  return [...counts]
    .map(([value, runs]) => ({ value, runs }))
    .sort((a, b) => b.runs - a.runs || compareIds(a.value, b.value))
    .slice(0, limit);
}

/** Numbers come before text in the index of values, so bounds are its first and last entries before the empty text. */
function parameterFacets(database: DatabaseSync, experiments: readonly string[]): readonly ParameterFacet[] {
  const nextName = database.prepare('SELECT name FROM parameter_values WHERE experiment = ? AND name > ? ORDER BY name LIMIT 1');
  const firstName = database.prepare('SELECT name FROM parameter_values WHERE experiment = ? ORDER BY name LIMIT 1');
  const values = database.prepare(`SELECT value, runs FROM parameter_values WHERE experiment = ? AND name = ? LIMIT ${mostDistinctValues}`);
  const smallest = database.prepare(
    `SELECT value FROM parameter_values WHERE experiment = ? AND name = ? AND value < '' ORDER BY value LIMIT 1`,
  );
  const largest = database.prepare(
    `SELECT value FROM parameter_values WHERE experiment = ? AND name = ? AND value < '' ORDER BY value DESC LIMIT 1`,
  );
  const runs = database.prepare('SELECT SUM(runs) AS runs FROM facet_groups WHERE experiment = ?');
  const counters = new Map<string, ParameterCounter>();
  for (const experiment of experiments) {
    for (let name = firstName.get(experiment)?.['name']; typeof name === 'string'; name = nextName.get(experiment, name)?.['name']) {
      const counter = counters.get(name) ?? new ParameterCounter();
      counters.set(name, counter);
      for (const { value, runs: count } of values.iterate(experiment, name) as unknown as Iterable<{
        readonly value: string | number;
        readonly runs: number;
      }>)
        counter.count(String(value), count);
      for (const bound of [smallest, largest]) counter.stretch(bound.get(experiment, name)?.['value']);
    }
  }
  const all = experiments.reduce((sum, experiment) => sum + Number(runs.get(experiment)?.['runs']), 0);
  return [...counters].sort(([a], [b]) => compareIds(a, b)).map(([name, counter]) => counter.facet(name, all));
}

/** Collects the values of one parameter. */
export class ParameterCounter {
  readonly #values = new Map<string, number>();
  #having = 0;
  #minimum: number | null = null;
  #maximum: number | null = null;

  count(value: string, runs: number): void {
    this.#having += runs;
    if (this.#values.size < mostDistinctValues) this.#values.set(value, (this.#values.get(value) ?? 0) + runs);
  }

  /** Takes note of a value when it is a number. */
  stretch(value: unknown): void {
    if (typeof value !== 'number') return;
    // JSON and people know no -0.
    const number = value === 0 ? 0 : value;
    this.#minimum = Math.min(number, this.#minimum ?? number);
    this.#maximum = Math.max(number, this.#maximum ?? number);
  }

  /** `all` is the number of runs that might have it. */
  facet(name: string, all: number): ParameterFacet {
    const distinct = this.#values.size;
    return {
      name,
      distinct,
      isVarying: distinct > 1 || this.#having < all,
      minimum: this.#minimum,
      maximum: this.#maximum,
      values: distinct > longestParameterList ? [] : mostFrequent(this.#values, longestParameterList),
    };
  }
}
