import { findKey } from './find-key.ts';
import type { DefinitionSource, Place, TextTrouble, ValuePath } from './source.ts';
import { lineOf, linesOf } from './text-lines.ts';

/** Line and column (from 1) where a program called something; the column is null when its interpreter does not know it. */
export type CallPlace = readonly [line: number, column: number | null];

/** Something that went wrong when a program was executed, at a place of its text. */
export interface ProgramTrouble extends Omit<TextTrouble, 'column'> {
  readonly column: number | null;
}

/** What a program defined when it was executed. `value` is undefined when it did not come that far. */
export interface ProgramReading {
  readonly path: string;
  readonly text: string;
  readonly value: unknown;
  readonly isLiteral: boolean;
  /** The name that it defined when it was last read without errors; null when that was never. */
  readonly lastName: string | null;
  /** Where it defined its experiment, and each run. */
  readonly experimentPlace: CallPlace | null;
  readonly runPlaces: readonly (CallPlace | null)[];
  readonly strangeValues: DefinitionSource['strangeValues'];
  readonly troubles: readonly ProgramTrouble[];
}

/**
 * The definition of a program. A place of its value is looked for in the text of the call that made it: the key where it
 * stands there as a word, else the call.
 */
export function programSource(reading: ProgramReading): DefinitionSource {
  const { path, text, value, isLiteral, lastName, strangeValues, experimentPlace, runPlaces } = reading;
  const lines = linesOf(text);
  const line = (number: number) => lineOf(text, lines, number);
  const inText = (wanted: number, column: number | null, endColumn: number | null): Place => {
    const number = Math.min(Math.max(1, wanted), lines.lineStarts.length);
    const { length } = line(number);
    const start = Math.min(column ?? line(number).search(/\S|$/) + 1, length + 1);
    return {
      line: number,
      column: start,
      endColumn: endColumn !== null && endColumn > start && endColumn <= length + 1 ? endColumn : null,
    };
  };
  const place = (steps: ValuePath, at: 'key' | 'value'): Place => {
    const isInRun = steps[0] === 'runs' && steps.length > 1;
    const call = (isInRun ? runPlaces[Number(steps[1])] : null) ?? experimentPlace ?? [1, null];
    const start = inText(call[0], call[1], null);
    const offset = (lines.lineStarts[start.line - 1] ?? 0) + start.column - 1;
    const found = findKey(text, offset, isInRun ? steps.slice(2) : steps, at);
    if (found === null) return inText(call[0], call[1], null);
    const from = lines.linePos(found.start);
    return inText(from.line, from.col, from.col + found.end - found.start);
  };
  const troubles = reading.troubles.map((trouble) => ({ ...trouble, ...inText(trouble.line, trouble.column, trouble.endColumn) }));
  return { file: path, value, troubles, strangeValues, isLiteral, lastName, line, place };
}
