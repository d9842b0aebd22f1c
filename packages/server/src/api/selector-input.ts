import { describeSelectorProblem, JuqueueError, parseSelector, parseSelectorText } from '@juqueue/core';
import type { Selector, SelectorResult } from '@juqueue/core';

/** A selector as query parameters or a body give it. */
export interface SelectorInput {
  readonly q?: string;
  readonly state?: readonly string[];
  readonly reason?: readonly string[];
  readonly experiment?: readonly string[];
  readonly cluster?: readonly string[];
  readonly node?: readonly string[];
  readonly failure?: readonly string[];
  readonly where?: readonly string[];
}

/** The selector that text and single parts say together. Throws JQ_BAD_SELECTOR with all problems in one message. */
export function readSelector(input: SelectorInput): Selector {
  const { q = '', state = [], reason = [], experiment = [], cluster = [], node = [], failure = [], where = [] } = input;
  const results = [
    parseSelectorText(q),
    parseSelector({ states: state, reasons: reason, experiments: experiment, clusters: cluster, nodes: node, failures: failure, where }),
  ];
  return results.map(selectorOf).reduce(both);
}

/** Whether it holds no part at all. `*@*` does hold one. */
export function namesEverything(selector: Selector): boolean {
  return Object.values(selector).every((part: readonly unknown[]) => part.length === 0);
}

function selectorOf(result: SelectorResult): Selector {
  if (result.kind === 'selector') return result.selector;
  throw new JuqueueError(
    'JQ_BAD_SELECTOR',
    result.problems.map(describeSelectorProblem).join(' '),
    'For example: sweep@* state:failed where:"lr<1e-3"',
  );
}

function both(a: Selector, b: Selector): Selector {
  return {
    names: [...a.names, ...b.names],
    except: [...a.except, ...b.except],
    statuses: [...a.statuses, ...b.statuses],
    reasons: [...a.reasons, ...b.reasons],
    experiments: [...a.experiments, ...b.experiments],
    clusters: [...a.clusters, ...b.clusters],
    nodes: [...a.nodes, ...b.nodes],
    failures: [...a.failures, ...b.failures],
    where: [...a.where, ...b.where],
  };
}
