import { isMapping } from './mapping.ts';
import { showValue } from './show-value.ts';
import type { DefinitionSource, Place, TextTrouble, ValuePath } from './source.ts';
import { lineOf, linesOf } from './text-lines.ts';
import { findKey } from './find-key.ts';

/**
 * An experiment as JSON lines: the first object is the experiment without its runs, each further one is a run with all keys that
 * a run has. Braces in texts stand for themselves. Never throws: whatever is wrong with the text is a problem.
 */
export function readJsonLines(file: string, text: string): DefinitionSource {
  const lines = linesOf(text);
  const line = (number: number): string => lineOf(text, lines, number);
  const troubles: TextTrouble[] = [];
  const objects: { readonly value: Readonly<Record<string, unknown>>; readonly line: number }[] = [];
  for (let number = 1; number <= lines.lineStarts.length; number += 1) {
    const written = line(number);
    if (written.trim() === '') continue;
    const read = parseObject(written);
    if (typeof read === 'string')
      troubles.push({ line: number, column: 1, endColumn: null, severity: 'error', code: 'json-syntax', message: read, hint: null });
    else objects.push({ value: read, line: number });
  }
  const [experiment, ...runs] = objects;
  if (experiment === undefined && troubles.length === 0)
    troubles.push({
      line: 1,
      column: 1,
      endColumn: null,
      severity: 'error',
      code: 'json-syntax',
      message: 'the file is empty, expected the experiment in its first line',
      hint: null,
    });
  const place = (path: ValuePath, at: 'key' | 'value'): Place => {
    const isInRun = path[0] === 'runs' && path.length > 1;
    const number = (isInRun ? runs[Number(path[1])]?.line : experiment?.line) ?? 1;
    const start = lines.lineStarts[number - 1] ?? 0;
    const found = findKey(text, start, isInRun ? path.slice(2) : path, at);
    return found === null
      ? { line: number, column: 1, endColumn: null }
      : { line: number, column: found.start - start + 1, endColumn: found.end - start + 1 };
  };
  const value = experiment === undefined || troubles.length > 0 ? undefined : { ...experiment.value, runs: runs.map((run) => run.value) };
  return { file, value, troubles, strangeValues: [], isLiteral: true, lastName: null, line, place };
}

/** The object of a line, or what is wrong with it. */
function parseObject(text: string): Readonly<Record<string, unknown>> | string {
  try {
    const value: unknown = JSON.parse(text);
    return isMapping(value) ? value : `expected an object, found ${showValue(value)}`;
  } catch (error) {
    return `this is not valid JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
}
