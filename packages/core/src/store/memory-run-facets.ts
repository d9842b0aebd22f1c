import type { ParameterFacet, RunFacets, RunRow } from '../ports/run-index.ts';
import type { Selector } from '../select/selector.ts';
import { compareIds } from '../model/ids.ts';
import { selectorMatcher } from '../select/matches-selector.ts';
import { parameterNumber, parameterText } from '../select/parameter-order.ts';
import { everyRun } from '../select/selector.ts';
import { facetsOf, ParameterCounter } from './run-index-facets.ts';

/** The answer of `countFacets` from rows in memory: each run is a group of its own. */
export function memoryFacets(rows: readonly RunRow[], selector: Selector): RunFacets {
  const { names, except, failures, where } = selector;
  const groups = rows.filter(selectorMatcher({ ...everyRun, names, except, failures, where })).map((row) => ({ ...row, runs: 1 }));
  return facetsOf(groups, selector, (experiments) => parameterFacets(rows.filter((row) => experiments.includes(row.experiment))));
}

function parameterFacets(rows: readonly RunRow[]): readonly ParameterFacet[] {
  const counters = new Map<string, ParameterCounter>();
  for (const row of rows) {
    for (const [name, value] of Object.entries(row.parameters)) {
      const counter = counters.get(name) ?? new ParameterCounter();
      counters.set(name, counter);
      const counted = parameterNumber(value) ?? parameterText(value);
      counter.count(String(counted), 1);
      counter.stretch(counted);
    }
  }
  return [...counters].sort(([a], [b]) => compareIds(a, b)).map(([name, counter]) => counter.facet(name, rows.length));
}
