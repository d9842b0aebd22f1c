import type { ParameterValue } from '../model/definition.ts';
import type { Run } from '../model/run.ts';
import type { Selector } from './selector.ts';
import { failureSignature } from '../evolve/failure-signature.ts';
import { globToRegExp } from '../model/glob.ts';
import { meetsCondition } from './parameter-order.ts';

/** What a selector looks at. Rows of lists have this form; `selectable` gives it to a run. */
export interface Selectable {
  readonly id: string;
  readonly experiment: string;
  readonly status: string;
  readonly reason: string;
  readonly clusters: readonly string[];
  readonly node: string | null;
  readonly failure: string | null;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
}

export function selectable(run: Run): Selectable {
  const { id, experiment, status, reason, definition, execution } = run;
  return {
    id,
    experiment,
    status,
    reason,
    clusters: definition.clusters,
    node: execution?.node ?? null,
    failure: failureSignature(run)?.id ?? null,
    parameters: definition.parameters,
  };
}

/** Is this run meant? For many runs, compile the selector once with `selectorMatcher`. */
export function matchesSelector(selector: Selector, run: Run): boolean {
  return selectorMatcher(selector)(selectable(run));
}

/**
 * The selector as a predicate. A cluster matches when it is one of those that the run may use; a node when an attempt
 * of the run is placed there now. The index answers the same question in SQL (`selectorSql`).
 */
export function selectorMatcher(selector: Selector): (candidate: Selectable) => boolean {
  const isName = nameMatcher(selector.names);
  const isExcepted = nameMatcher(selector.except);
  const isExperiment = nameMatcher(selector.experiments);
  const isCluster = nameMatcher(selector.clusters);
  const isNode = nameMatcher(selector.nodes);
  const statuses = new Set<string>(selector.statuses);
  const reasons = new Set(selector.reasons);
  const failures = new Set(selector.failures);
  return (candidate) =>
    (statuses.size === 0 || statuses.has(candidate.status)) &&
    (reasons.size === 0 || reasons.has(candidate.reason)) &&
    (failures.size === 0 || (candidate.failure !== null && failures.has(candidate.failure))) &&
    (isExperiment === null || isExperiment(candidate.experiment)) &&
    (isName === null || isName(candidate.id)) &&
    (isExcepted === null || !isExcepted(candidate.id)) &&
    (isCluster === null || candidate.clusters.some(isCluster)) &&
    (isNode === null || (candidate.node !== null && isNode(candidate.node))) &&
    selector.where.every((condition) => meetsCondition(condition, ownValue(candidate.parameters, condition.parameter)));
}

/** Null when there are no patterns, which says nothing. */
function nameMatcher(patterns: readonly string[]): ((name: string) => boolean) | null {
  if (patterns.length === 0) return null;
  const exact = new Set(patterns.filter((pattern) => !pattern.includes('*')));
  const globs = patterns.filter((pattern) => pattern.includes('*')).map(globToRegExp);
  return (name) => exact.has(name) || globs.some((glob) => glob.test(name));
}

function ownValue(parameters: Selectable['parameters'], name: string): ParameterValue | undefined {
  return Object.hasOwn(parameters, name) ? parameters[name] : undefined;
}
