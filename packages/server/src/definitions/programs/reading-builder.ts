import type { CallPlace, DefinitionText, ProgramReading, ProgramTrouble } from '@juqueue/core';
import type { ProgramMessage } from './program-messages.ts';

type FileMessage = Exclude<ProgramMessage, { readonly kind: 'unusable' }>;

/** A definition program with the name that it defined when it was last read. */
export interface ProgramText extends DefinitionText {
  readonly lastName: string | null;
}

/** Collects what an interpreter tells of one file. */
export class ReadingBuilder {
  readonly #program: ProgramText;
  readonly #isLiteral: boolean;
  readonly #troubles: ProgramTrouble[] = [];
  readonly #strangeValues: ProgramReading['strangeValues'][number][] = [];
  readonly #runs: unknown[] = [];
  readonly #runPlaces: (CallPlace | null)[] = [];
  #head: Readonly<Record<string, unknown>> | null = null;
  #experimentPlace: CallPlace | null = null;

  constructor(program: ProgramText, isLiteral: boolean) {
    this.#program = program;
    this.#isLiteral = isLiteral;
  }

  take(message: FileMessage): void {
    switch (message.kind) {
      case 'begin':
      case 'end':
        return;
      case 'experiment':
        this.#head = message.value;
        this.#experimentPlace = message.place;
        return;
      case 'runs':
        for (const value of message.values) this.#runs.push(value);
        for (const place of message.places) this.#runPlaces.push(place);
        return;
      case 'strange':
        this.#strangeValues.push({ path: message.path, found: message.found });
        return;
      case 'problem': {
        const { severity, message: sentence, hint, line, column, endColumn } = message;
        this.#troubles.push({ severity, code: 'program-failed', message: sentence, hint, line, column, endColumn });
      }
    }
  }

  /** The interpreter did not get through this file. */
  fail(message: string, hint: string | null): void {
    this.#head = null;
    this.#troubles.push({ severity: 'error', code: 'program-failed', message, hint, line: 1, column: null, endColumn: null });
  }

  reading(): ProgramReading {
    const { path, text, lastName } = this.#program;
    const value = this.#head === null ? undefined : { ...this.#head, ...(Array.isArray(this.#head['runs']) ? { runs: this.#runs } : {}) };
    return {
      path,
      text,
      value,
      isLiteral: this.#isLiteral,
      lastName,
      experimentPlace: this.#experimentPlace,
      runPlaces: this.#runPlaces,
      strangeValues: this.#strangeValues,
      troubles: this.#troubles,
    };
  }
}
