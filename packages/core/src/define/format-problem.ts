import type { DefinitionProblem } from './problem.ts';

/** The problem for people: place and sentence, the line it stands in with carets below, the hint. */
export function formatProblem(problem: DefinitionProblem): string {
  const place = problem.line === 0 ? problem.file : `${problem.file}:${problem.line}:${problem.column}`;
  const parts = [`${place}: ${problem.severity}: ${problem.message}`];
  if (problem.excerpt !== null) parts.push(problem.excerpt.replace(/^/gm, '  '));
  if (problem.hint !== null) parts.push(`  hint: ${problem.hint}`);
  return parts.join('\n');
}
