import type { ShapeIssue } from './check-shape.ts';
import { excerptOf } from './excerpt.ts';
import type { DefinitionProblem, DefinitionProblemCode } from './problem.ts';
import { compareProblems, fileProblem } from './problem.ts';
import type { Place, ValuePath, DefinitionSource } from './source.ts';

/** More problems of one file help nobody: a mistake in ten thousand similar runs is one mistake. */
const mostProblems = 200;

/** The problems of one file, collected with their places in its text. Begins with those of the text itself. */
export class ProblemList {
  readonly #source: DefinitionSource;
  readonly #problems: DefinitionProblem[] = [];
  #errorCount = 0;
  #omittedCount = 0;

  constructor(source: DefinitionSource) {
    this.#source = source;
    for (const { severity, code, message, hint, ...place } of source.troubles) this.#push(severity, place, code, message, hint);
  }

  /** In the order of reading. */
  get all(): readonly DefinitionProblem[] {
    const sorted = this.#problems.toSorted(compareProblems);
    if (this.#omittedCount === 0) return sorted;
    return [
      ...sorted,
      fileProblem(this.#source.file, 'error', 'too-many-problems', `${this.#omittedCount} more problems in this file are not shown`),
    ];
  }

  get errorCount(): number {
    return this.#errorCount;
  }

  add(path: ValuePath, at: 'key' | 'value', code: DefinitionProblemCode, message: string, hint: string | null = null): void {
    this.#push('error', this.#source.place(path, at), code, message, hint);
  }

  warn(path: ValuePath, at: 'key' | 'value', code: DefinitionProblemCode, message: string, hint: string | null = null): void {
    this.#push('warning', this.#source.place(path, at), code, message, hint);
  }

  /** An issue of a value at `base`; `thing` names that value. The keys between the two stand in the message. */
  addIssue(thing: string, base: ValuePath, issue: ShapeIssue): void {
    const steps = issue.at === 'key' && issue.code !== 'missing-key' ? issue.path.slice(0, -1) : issue.path;
    const subject = [thing, keyPath(steps)].filter((part) => part !== '').join(', ');
    const message = subject === '' ? issue.message : `${subject}: ${issue.message}`;
    this.#push(issue.severity, this.#source.place([...base, ...issue.path], issue.at), issue.code, message, issue.hint);
  }

  #push(severity: 'error' | 'warning', place: Place, code: DefinitionProblemCode, message: string, hint: string | null): void {
    if (severity === 'error') this.#errorCount += 1;
    if (this.#problems.length >= mostProblems) {
      this.#omittedCount += 1;
      return;
    }
    const { line, column, endColumn } = place;
    this.#problems.push({
      file: this.#source.file,
      line,
      column,
      endColumn,
      severity,
      code,
      message,
      hint,
      excerpt: excerptOf(this.#source.line(line), place),
    });
  }
}

/** `executor.env` or `cmd[2]`. */
function keyPath(steps: ValuePath): string {
  return steps.reduce<string>((path, step) => {
    if (path === '') return String(step);
    return /^\d+$/.test(String(step)) ? `${path}[${step}]` : `${path}.${step}`;
  }, '');
}
