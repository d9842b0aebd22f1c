import type { ParameterCondition, Selector } from './selector.ts';
import { parameterText } from './parameter-order.ts';

/** An SQL condition with its bound parameters, in their order. */
export interface SqlCondition {
  readonly text: string;
  readonly values: readonly (string | number)[];
}

/**
 * The selector as a condition over the tables of the run index: `runs` (columns `number`, `id`, `status`, `reason`,
 * `node`, `failure`, `cluster_list`), `cluster_names` (`list`, `name`) and `parameters` (`run`, `name`, `value_number`,
 * `value_text`). Nothing of the selector becomes part of the text. It holds for the same runs as `selectorMatcher`.
 * `lookup` says how conditions on parameters are answered: `set` finds all their runs first, `each` looks up one run after the
 * other, which is faster for the first of many.
 */
export function selectorSql(selector: Selector, lookup: 'set' | 'each' = 'set'): SqlCondition {
  const conditions = [
    oneOf('runs.status', selector.statuses),
    oneOf('runs.reason', selector.reasons),
    oneOf('runs.failure', selector.failures),
    // A run's id is its experiment, `@` and its name; the ids of one experiment stand together in their index.
    namesSql(
      'runs.id',
      selector.experiments.map((experiment) => `${experiment}@*`),
    ),
    namesSql('runs.id', selector.names),
    negated(namesSql('runs.id', selector.except)),
    namesSql('runs.node', selector.nodes),
    clustersSql(selector.clusters),
    ...selector.where.map((condition) => whereSql(condition, lookup)),
  ].filter((condition) => condition !== null);
  if (conditions.length === 0) return { text: 'TRUE', values: [] };
  return { text: conditions.map((condition) => condition.text).join(' AND '), values: conditions.flatMap((condition) => condition.values) };
}

/** One bound list instead of a parameter each: their number is limited, that of names in a request is not. */
function oneOf(column: string, values: readonly string[]): SqlCondition | null {
  if (values.length === 0) return null;
  return { text: `${column} IN (SELECT value FROM json_each(?))`, values: [JSON.stringify(values)] };
}

function namesSql(column: string, patterns: readonly string[]): SqlCondition | null {
  if (patterns.length === 0) return null;
  const exact = patterns.filter((pattern) => !pattern.includes('*'));
  const globs = patterns.filter((pattern) => pattern.includes('*')).map(sqlGlob);
  const [only] = globs;
  const conditions = [
    exact.length === 0 ? null : oneOf(column, exact),
    globs.length === 1 && only !== undefined ? { text: `${column} GLOB ?`, values: [only] } : null,
    globs.length > 1
      ? { text: `EXISTS (SELECT 1 FROM json_each(?) AS pattern WHERE ${column} GLOB pattern.value)`, values: [JSON.stringify(globs)] }
      : null,
  ].filter((condition) => condition !== null);
  return {
    text: `(${conditions.map((condition) => condition.text).join(' OR ')})`,
    values: conditions.flatMap((condition) => condition.values),
  };
}

function negated(condition: SqlCondition | null): SqlCondition | null {
  return condition === null ? null : { ...condition, text: `NOT ${condition.text}` };
}

/** In our patterns only `*` has a meaning; GLOB also knows `?` and `[`. */
function sqlGlob(pattern: string): string {
  return pattern.replace(/[?[]/g, '[$&]');
}

function clustersSql(clusters: readonly string[]): SqlCondition | null {
  const names = namesSql('cluster_names.name', clusters);
  if (names === null) return null;
  return { text: `runs.cluster_list IN (SELECT cluster_names.list FROM cluster_names WHERE ${names.text})`, values: names.values };
}

function whereSql(condition: ParameterCondition, lookup: 'set' | 'each'): SqlCondition {
  const { operator, value } = condition;
  const isNumber = typeof value === 'number';
  const compared = isNumber ? `value_number ${operator === '!=' ? 'IS NOT' : operator} ?` : `value_text ${operator} ?`;
  return {
    text:
      lookup === 'set'
        ? `runs.number IN (SELECT run FROM parameters WHERE name = ? AND ${compared})`
        : `EXISTS (SELECT 1 FROM parameters WHERE run = runs.number AND name = ? AND ${compared})`,
    values: [condition.parameter, isNumber ? value : parameterText(value)],
  };
}
