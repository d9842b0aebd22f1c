import { hash } from 'node:crypto';
import type { DefinitionText, ProgramReading } from '@juqueue/core';
import type { LoadTrigger } from '../definitions-worker.ts';
import { evaluatePrograms } from './evaluate-programs.ts';
import type { EvaluationInput } from './evaluate-programs.ts';
import { firstWritableByOthers } from './writable-by-others.ts';

/** A program as it was when it was last evaluated, with the name of the experiment that it defined then. */
export interface KnownProgram {
  readonly path: string;
  readonly hash: string;
  readonly name: string | null;
}

export interface ProgramsInput extends EvaluationInput {
  readonly trigger: LoadTrigger;
  readonly known: readonly KnownProgram[];
}

/**
 * Evaluates definition programs, but not on a save where somebody else could have written one of them: they share one
 * interpreter and import each other. Then all of them stay as they are until somebody asks for a reload.
 */
export async function readPrograms(
  programs: readonly DefinitionText[],
  input: ProgramsInput,
): Promise<{ readonly readings: readonly ProgramReading[]; readonly known: readonly KnownProgram[] }> {
  const known = new Map(input.known.map((program) => [program.path, program]));
  const texts = programs.map((program) => ({ ...program, lastName: known.get(program.path)?.name ?? null }));
  const objection =
    input.trigger === 'save'
      ? await firstWritableByOthers(
          input.defDir,
          programs.map(({ path }) => path),
        )
      : null;
  if (objection !== null) {
    const readings = texts.map((text): ProgramReading => {
      const isUnchanged = known.get(text.path)?.hash === contentHash(text);
      return {
        ...text,
        value: undefined,
        isLiteral: false,
        experimentPlace: null,
        runPlaces: [],
        strangeValues: [],
        troubles: isUnchanged ? [] : [notEvaluated(objection)],
      };
    });
    return { readings, known: input.known };
  }
  const readings = await evaluatePrograms(texts, input);
  return {
    readings,
    known: readings.map((reading) => ({ path: reading.path, hash: contentHash(reading), name: nameOf(reading.value) ?? reading.lastName })),
  };
}

function notEvaluated(objection: string): ProgramReading['troubles'][number] {
  const message = `it was saved and not evaluated, as somebody else could have written it: ${objection}`;
  return {
    severity: 'warning',
    code: 'not-evaluated',
    message,
    hint: 'juqueue reload evaluates it; chmod go-w lets it be evaluated on every save',
    line: 1,
    column: null,
    endColumn: null,
  };
}

function contentHash({ text }: DefinitionText): string {
  return hash('sha256', text, 'base64url');
}

function nameOf(value: unknown): string | null {
  return typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string' ? value.name : null;
}
