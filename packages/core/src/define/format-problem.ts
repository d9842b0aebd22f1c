import type { DefinitionProblem } from './problem.ts';

/**
 * The problem for people: place and sentence, the line it stands in with a caret below, the hint. `text` is the content
 * of its file; without it there is no excerpt.
 */
export function formatProblem(problem: DefinitionProblem, text: string | null): string {
  const place = problem.line === 0 ? problem.file : `${problem.file}:${problem.line}:${problem.column}`;
  const parts = [`${place}: ${problem.severity}: ${problem.message}`];
  const excerpt = text === null ? null : excerptOf(problem, text);
  if (excerpt !== null) parts.push(excerpt);
  if (problem.hint !== null) parts.push(`  hint: ${problem.hint}`);
  return parts.join('\n');
}

/** Longer lines are cut, so that the caret stays visible in a terminal. */
const longestExcerpt = 100;

function excerptOf(problem: DefinitionProblem, text: string): string | null {
  const line = problem.line === 0 ? undefined : text.split(/\r\n|\n/, problem.line)[problem.line - 1];
  if (line === undefined) return null;
  const cut = Math.max(0, problem.column - 1 - longestExcerpt / 2);
  const shown = line.slice(cut, cut + longestExcerpt).replaceAll('\t', ' ');
  const offset = problem.column - 1 - cut;
  const length = Math.min((problem.endColumn ?? problem.column + 1) - problem.column, longestExcerpt - offset);
  const gutter = `  ${problem.line} | `;
  return `${gutter}${shown}\n${' '.repeat(gutter.length - 2)}| ${' '.repeat(offset)}${'^'.repeat(Math.max(1, length))}`;
}
