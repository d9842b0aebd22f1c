import { stripTypeScriptTypes } from 'node:module';
import { pathOf } from './script-api.ts';

/** An error of a definition file, at a place of that file. Lines and columns from 1. */
export interface ScriptError {
  readonly message: string;
  readonly hint: string | null;
  readonly line: number;
  readonly column: number | null;
  readonly endColumn: number | null;
}

/** Says what went wrong when this file (an absolute path, with its text) was evaluated, and where in it. */
export function scriptError(error: unknown, file: string, text: string, relative: (path: string) => string): ScriptError {
  if (!(error instanceof Error))
    return { message: `the file threw ${JSON.stringify(error) ?? String(error)}`, hint: null, line: 1, column: null, endColumn: null };
  const code = 'code' in error ? String(error.code) : '';
  const arrow = arrowOf(error.stack ?? '') ?? syntaxArrow(error, text, file);
  const message = `${error.name}: ${error.message.split('\n')[0] ?? ''}`;
  if (arrow !== null) {
    const { file: at, line, column, endColumn } = arrow;
    const hint = hintFor(code, error.message);
    if (at === file) return { message, hint, line, column, endColumn };
    return { message: `${message} (in ${relative(at)}:${line})`, hint, line: importLine(text, at), column: null, endColumn: null };
  }
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND')
    return {
      message: `${error.name}: ${error.message.split(' imported from ')[0] ?? ''}`,
      hint: hintFor(code, error.message),
      ...specifierPlace(error.message, text),
    };
  const frames = framesOf(error.stack ?? '');
  const own = frames.find((frame) => frame.file === file);
  const innermost = frames.find((frame) => frame.file.startsWith('/'));
  const elsewhere = innermost !== undefined && innermost.file !== file ? ` (in ${relative(innermost.file)}:${innermost.line})` : '';
  return {
    message: `${message}${elsewhere}`,
    hint: hintFor(code, error.message),
    line: own?.line ?? 1,
    column: own?.column ?? null,
    endColumn: null,
  };
}

function hintFor(code: string, message: string): string | null {
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') {
    if (message.includes('enum'))
      return "types are only removed, not compiled: write const Color = { red: 'red' } as const instead of an enum";
    if (message.includes('namespace') || message.includes('module'))
      return 'types are only removed, not compiled: write a module of its own instead of a namespace';
    return 'types are only removed, not compiled: declare the field, and assign it in the constructor';
  }
  if (code === 'ERR_MODULE_NOT_FOUND')
    return "an import of a file needs its extension, './common.ts'; a package has to be installed where the definitions are";
  return null;
}

interface Arrow extends Omit<ScriptError, 'message' | 'hint'> {
  readonly file: string;
}

/** Node puts `file:line`, the line and carets before the error where it could not read a text. */
function arrowOf(stack: string): Arrow | null {
  const lines = stack.split('\n');
  const head = /^(.+):(\d+)$/.exec(lines[0] ?? '');
  const carets = lines.find((line) => /^\s*\^+\s*$/.test(line));
  const file = pathOf(head?.[1]);
  if (head === null || file === null || carets === undefined) return null;
  const column = carets.indexOf('^') + 1;
  return { file, line: Number(head[2]), column, endColumn: carets.trimEnd().length + 1 };
}

/** JavaScript that is no module of valid syntax comes without a place; the remover of types finds it. */
function syntaxArrow(error: Error, text: string, file: string): Arrow | null {
  if (!(error instanceof SyntaxError)) return null;
  try {
    stripTypeScriptTypes(text, { mode: 'strip', sourceUrl: file });
  } catch (again) {
    return again instanceof Error ? arrowOf(again.stack ?? '') : null;
  }
  return null;
}

function framesOf(stack: string): readonly { readonly file: string; readonly line: number; readonly column: number }[] {
  return [...stack.matchAll(/^ {4}at (?:.*\()?(.+?):(\d+):(\d+)\)?$/gm)].flatMap(([, name, line, column]) => {
    const file = pathOf(name?.replace(/^async /, ''));
    return file === null ? [] : [{ file, line: Number(line), column: Number(column) }];
  });
}

/** The line of the text that imports a file, the first line when none does. */
function importLine(text: string, imported: string): number {
  const name = imported.slice(imported.lastIndexOf('/') + 1);
  return Math.max(1, text.split('\n').findIndex((line) => line.includes(name)) + 1);
}

/** Where the specifier stands that named no module. */
function specifierPlace(message: string, text: string): Pick<ScriptError, 'line' | 'column' | 'endColumn'> {
  const wanted = /'([^']+)'/.exec(message)?.[1] ?? '';
  const name = wanted.slice(wanted.lastIndexOf('/') + 1);
  const lines = text.split('\n');
  const line = lines.findIndex(
    (candidate) =>
      /\b(?:import|from|require)\b/.test(candidate) &&
      (candidate.includes(`/${name}'`) ||
        candidate.includes(`/${name}"`) ||
        candidate.includes(`'${wanted}'`) ||
        candidate.includes(`"${wanted}"`)),
  );
  const quoted = /(["'])[^"']*\1/.exec(lines[line] ?? '');
  if (line === -1 || quoted === null) return { line: Math.max(1, line + 1), column: null, endColumn: null };
  return { line: line + 1, column: quoted.index + 1, endColumn: quoted.index + 1 + quoted[0].length };
}
