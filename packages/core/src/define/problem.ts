import { compareIds } from '../model/ids.ts';

/** What can be wrong with a definition file. */
export const definitionProblemCodes = [
  'yaml-syntax',
  'json-syntax',
  'program-failed',
  'not-evaluated',
  'not-applied',
  'duplicate-key',
  'inexact-number',
  'wrong-value',
  'missing-key',
  'unknown-key',
  'not-supported-yet',
  'without-meaning',
  'bad-name',
  'duplicate-id',
  'duplicate-experiment',
  'unknown-cluster',
  'too-many-slots',
  'too-large',
  'unknown-placeholder',
  'unknown-dependency',
  'dependency-cycle',
  'bad-matrix',
  'bad-rows',
  'undeclared-checkpoint',
  'def-dir-missing',
  'file-missing',
  'file-unreadable',
  'too-many-problems',
] as const;
export type DefinitionProblemCode = (typeof definitionProblemCodes)[number];

/**
 * One thing wrong with a definition file. `line` and `column` start at 1; they are 0 when the problem is the file itself.
 * `message` names the thing, the expectation and the value; `hint` says what to do. An error keeps its file (for
 * `clusters.yaml` the one cluster) at its last good version; a warning changes nothing.
 */
export interface DefinitionProblem {
  /** Relative to the def-dir, with `/`. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Column after the last character, on the same line; null when the place is a point. */
  readonly endColumn: number | null;
  readonly severity: 'error' | 'warning';
  readonly code: DefinitionProblemCode;
  readonly message: string;
  readonly hint: string | null;
  /** The line in question with carets below, of two lines; null when the problem is the file itself. */
  readonly excerpt: string | null;
}

/** A problem of a file as a whole. */
export function fileProblem(
  file: string,
  severity: 'error' | 'warning',
  code: DefinitionProblemCode,
  message: string,
  hint: string | null = null,
): DefinitionProblem {
  return { file, line: 0, column: 0, endColumn: null, severity, code, message, hint, excerpt: null };
}

/** Order of reading: by file, then place, then message. */
export function compareProblems(a: DefinitionProblem, b: DefinitionProblem): number {
  return compareIds(a.file, b.file) || a.line - b.line || a.column - b.column || compareIds(a.message, b.message);
}

export function hasErrors(problems: readonly DefinitionProblem[]): boolean {
  return problems.some((problem) => problem.severity === 'error');
}
