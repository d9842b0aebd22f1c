import type { ShapeIssue } from './check-shape.ts';
import type { DefinitionProblem, DefinitionProblemCode } from './problem.ts';
import { hasErrors } from './problem.ts';
import type { Place, ValuePath, YamlSource } from './yaml-source.ts';

/** The problems of one file, collected with their places in its text. Begins with those of the text itself. */
export class ProblemList {
  readonly #source: YamlSource;
  readonly #problems: DefinitionProblem[];
  #errorCount: number;

  constructor(source: YamlSource) {
    this.#source = source;
    this.#problems = [...source.problems];
    this.#errorCount = hasErrors(source.problems) ? source.problems.length : 0;
  }

  get all(): readonly DefinitionProblem[] {
    return this.#problems;
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
    this.#problems.push({ file: this.#source.file, ...place, severity, code, message, hint });
  }
}

/** `executor.env` or `cmd[2]`. */
function keyPath(steps: ValuePath): string {
  return steps.reduce<string>((path, step) => (/^\d+$/.test(String(step)) && path !== '' ? `${path}[${step}]` : path === '' ? String(step) : `${path}.${step}`), '');
}
