import type { ParameterValue } from '../model/definition.ts';
import type { ShapeIssue } from './check-shape.ts';
import { parseCsv } from './csv.ts';
import type { DefinitionPlaces } from './fill-placeholders.ts';
import { isMapping } from './mapping.ts';
import type { Combination } from './matrix.ts';
import { resolvePath } from './resolve-path.ts';
import { showValue } from './show-value.ts';

/** The text of a file by its absolute path, or why it cannot be read, as the end of a sentence. */
export type ReadText = (
  path: string,
) => { readonly kind: 'text'; readonly text: string } | { readonly kind: 'unreadable'; readonly because: string };

export interface RowsReading {
  readonly rows: readonly Combination[];
  /** The first thing wrong with the file; its place in the definition is the caller's. */
  readonly issue: Omit<ShapeIssue, 'path'> | null;
}

/** Scale target of the whole state. */
const mostRows = 1_000_000;

/** The rows of a file as parameters, one run each. `file` is relative to the def-dir. */
export function readRows(
  format: 'from_csv' | 'from_jsonl',
  file: string,
  { defDir, readText }: DefinitionPlaces & { readonly readText?: ReadText },
): RowsReading {
  const read = readText?.(resolvePath(defDir, file)) ?? { kind: 'unreadable', because: 'does not exist' };
  if (read.kind === 'unreadable') return { rows: [], issue: badRows(`${file} ${read.because}`) };
  const text = read.text.replace(/^\uFEFF/, '');
  const { rows, problem } = format === 'from_csv' ? csvRows(text) : jsonRows(text);
  if (problem !== null) return { rows: [], issue: badRows(`${file}:${problem.line}: ${problem.message}`) };
  if (rows.length === 0) return { rows, issue: badRows(`${file} has no rows, expected one for each run`) };
  return rows.length > mostRows
    ? { rows: [], issue: badRows(`${file} has ${rows.length} rows, expected at most ${mostRows}`) }
    : { rows, issue: null };
}

interface Rows {
  readonly rows: readonly Combination[];
  readonly problem: { readonly line: number; readonly message: string } | null;
}

function csvRows(text: string): Rows {
  const { records, unclosedLine } = parseCsv(text);
  if (unclosedLine !== null) return broken(unclosedLine, 'a quote is not closed');
  const [header, ...others] = records;
  if (header === undefined) return broken(1, 'it is empty, expected a line with the names of its columns');
  const names = header.fields.map((name) => name.trim());
  const bad = names.findIndex((name, index) => name === '' || names.indexOf(name) !== index);
  if (bad !== -1)
    return broken(header.line, names[bad] === '' ? `column ${bad + 1} has no name` : `two columns have the name '${names[bad]}'`);
  const odd = others.find(({ fields }) => fields.length !== names.length);
  if (odd !== undefined) return broken(odd.line, `expected ${names.length} columns as in the first line, found ${odd.fields.length}`);
  const rows = others.map(({ fields }) => Object.fromEntries(names.map((name, index) => [name, cell(fields[index] ?? '')] as const)));
  return { rows, problem: null };
}

/** A number where it is written as one in the only way: 007 and 1e3 stay texts. */
function cell(text: string): ParameterValue {
  const number = Number(text);
  return text !== '' && Number.isFinite(number) && String(number) === text ? number : text;
}

function jsonRows(text: string): Rows {
  const rows: Combination[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const row = parseLine(line);
    if (typeof row === 'string') return broken(index + 1, row);
    const strange = Object.entries(row).find(([, value]) => !['string', 'number', 'boolean'].includes(typeof value));
    if (strange !== undefined)
      return broken(index + 1, `'${strange[0]}': expected a text, a number, true or false, found ${showValue(strange[1])}`);
    rows.push(row as Combination);
  }
  return { rows, problem: null };
}

/** The mapping of a line, or what is wrong with it. */
function parseLine(line: string): Readonly<Record<string, unknown>> | string {
  try {
    const value: unknown = JSON.parse(line);
    return isMapping(value) ? value : `expected a mapping of parameters, found ${showValue(value)}`;
  } catch (error) {
    return `this is not valid JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function broken(line: number, message: string): Rows {
  return { rows: [], problem: { line, message } };
}

function badRows(message: string): Omit<ShapeIssue, 'path'> {
  return { at: 'value', severity: 'error', code: 'bad-rows', message, hint: null };
}
