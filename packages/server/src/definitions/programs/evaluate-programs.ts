import type { ProgramReading } from '@juqueue/core';
import type { Interpreter, InterpreterLimits, ProgramLanguage } from './interpreters.ts';
import { defaultLimits, interpreterOf, languageOf } from './interpreters.ts';
import { ReadingBuilder } from './reading-builder.ts';
import type { ProgramText } from './reading-builder.ts';
import { runInterpreter } from './run-interpreter.ts';

export interface EvaluationInput {
  readonly defDir: string;
  readonly workDir: string;
  readonly python: string;
  readonly limits?: InterpreterLimits;
}

/**
 * What these programs define, in their order. One interpreter reads all files of a language; a file that ends it, or takes
 * too long, is told, and another interpreter goes on with the files after it.
 */
export async function evaluatePrograms(programs: readonly ProgramText[], input: EvaluationInput): Promise<readonly ProgramReading[]> {
  const readings = await Promise.all([evaluateLanguage('python', programs, input), evaluateLanguage('script', programs, input)]);
  const byPath = new Map(readings.flat().map((reading) => [reading.path, reading]));
  return programs.flatMap(({ path }) => byPath.get(path) ?? []);
}

async function evaluateLanguage(
  language: ProgramLanguage,
  programs: readonly ProgramText[],
  input: EvaluationInput,
): Promise<readonly ProgramReading[]> {
  const limits = input.limits ?? defaultLimits;
  const interpreter = interpreterOf(language, input.python, limits);
  const mine = programs.filter(({ path }) => languageOf(path) === language);
  const builders = new Map(mine.map((program) => [program.path, new ReadingBuilder(program, interpreter.isLiteral)]));
  let left = mine.map(({ path }) => path);
  while (left.length > 0) left = await evaluateSome(left, builders, interpreter, input, limits);
  return [...builders.values()].map((builder) => builder.reading());
}

/** One interpreter's life. Answers the files that it did not come to. */
async function evaluateSome(
  files: readonly string[],
  builders: ReadonlyMap<string, ReadingBuilder>,
  interpreter: Interpreter,
  { defDir, workDir }: EvaluationInput,
  limits: InterpreterLimits,
): Promise<string[]> {
  const ended = new Set<string>();
  let current: string | null = null;
  const failAll = (message: string, hint: string | null) => {
    for (const file of files) builders.get(file)?.fail(message, hint);
    return [];
  };
  const end = await runInterpreter(interpreter, { defDir, workDir, files }, limits, (message) => {
    if (message.kind === 'unusable') return;
    if (message.kind === 'begin') current = message.file;
    if (message.kind === 'end') ended.add(message.file);
    builders.get(message.file)?.take(message);
  });
  switch (end.kind) {
    case 'not-started':
      return failAll(`${interpreter.name} cannot be started: ${end.because}`, interpreterHint);
    case 'unusable':
      return failAll(end.message, interpreterHint);
    case 'ended':
    case 'too-slow': {
      if (files.every((file) => ended.has(file))) return [];
      const culprit = current ?? files[0] ?? '';
      builders
        .get(culprit)
        ?.fail(
          end.kind === 'too-slow'
            ? `the file was not read within ${limits.timeMs / 1_000} s`
            : `${interpreter.name} ended while it read this file (${end.how})`,
          end.lastWords === '' ? null : `it wrote: ${end.lastWords}`,
        );
      return files.filter((file) => file !== culprit && !ended.has(file));
    }
  }
}

const interpreterHint = '--python or JUQUEUE_PYTHON names another interpreter';
