import type { DefinitionProblemCode } from './problem.ts';

export type ValuePath = readonly (string | number)[];

/** From 1; `endColumn` is the column after the last character on the same line, null when the place is a point. */
export interface Place {
  readonly line: number;
  readonly column: number;
  readonly endColumn: number | null;
}

export interface TextTrouble extends Place {
  readonly severity: 'error' | 'warning';
  readonly code: DefinitionProblemCode;
  readonly message: string;
  readonly hint: string | null;
}

/**
 * A definition file as a value, and the way back from a place in the value to the place in the text. `value` is undefined
 * when the text says nothing that can be read.
 */
export interface DefinitionSource {
  readonly file: string;
  readonly value: unknown;
  /** What is wrong with the text itself. */
  readonly troubles: readonly TextTrouble[];
  /** Values that are no data, such as functions of a program; they are missing in `value`. */
  readonly strangeValues: readonly { readonly path: ValuePath; readonly found: string }[];
  /** Whether braces in texts stand for themselves: a program has put its values where they belong already. */
  readonly isLiteral: boolean;
  /** The name of its experiment as far as it is known from earlier; counts when `value` does not say it. */
  readonly lastName: string | null;
  /** The text of a line, from 1. */
  line(number: number): string;
  /** The place of a value, or of its key; of the nearest enclosing value that exists in the text, when it does not. */
  place(path: ValuePath, at: 'key' | 'value'): Place;
}
