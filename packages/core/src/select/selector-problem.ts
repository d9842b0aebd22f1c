import { shorten } from '../define/show-value.ts';

/** Which text a problem is in: the search text itself, or the part that a flag or query parameter gave. */
export type SelectorSource = 'text' | 'name' | 'except' | 'state' | 'reason' | 'experiment' | 'cluster' | 'node' | 'failure' | 'where';

/** One place of a selector that cannot be read. `position` counts characters of `input` from 0. */
export interface SelectorProblem {
  readonly source: SelectorSource;
  readonly input: string;
  readonly position: number;
  readonly expected: string;
  readonly found: string;
  readonly didYouMean: string | null;
}

/** The problem as one sentence: place, expectation, value, and what was probably meant. */
export function describeSelectorProblem(problem: SelectorProblem): string {
  const place = problem.source === 'text' ? 'The selector' : `The selector's ${problem.source}`;
  const found = problem.found === '' ? 'found its end' : `found ${quote(problem.found)}`;
  const meant = problem.didYouMean === null ? '' : ` Did you mean ${quote(problem.didYouMean)}?`;
  return `${place} ${quote(problem.input)} cannot be read at character ${problem.position + 1}: expected ${problem.expected}, ${found}.${meant}`;
}

function quote(text: string): string {
  return `'${shorten(text)}'`;
}
