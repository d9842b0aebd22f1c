import { constants } from 'node:fs';
import { access, readdir, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';

/** Exit codes of shells for a program that could not be started. */
export const exitNotExecutable = 126;
export const exitNotFound = 127;

export interface StartFailure {
  readonly code: typeof exitNotExecutable | typeof exitNotFound;
  readonly detail: string;
}

/** Why this program could not be started, naming it, where it was looked for, and what would help. */
export async function explainStartFailure(program: string, path: string, directory: string, errorCode: string): Promise<StartFailure>;
/** The same before a start, with null: null when nothing speaks against it. */
export async function explainStartFailure(program: string, path: string, directory: string, errorCode: null): Promise<StartFailure | null>;
export async function explainStartFailure(
  program: string,
  path: string,
  directory: string,
  errorCode: string | null,
): Promise<StartFailure | null> {
  if (errorCode === 'E2BIG')
    return { code: exitNotExecutable, detail: `${program} cannot be started: its arguments and environment together are too long` };
  const candidates = program.includes('/')
    ? [resolve(directory, program)]
    : path
        .split(':')
        .filter(isAbsolute)
        .map((folder) => join(folder, program));
  for (const candidate of candidates) {
    const stats = await stat(candidate).catch(() => null);
    if (stats === null) continue;
    if (errorCode === null && (await isExecutable(candidate)) && !stats.isDirectory()) return null;
    return { code: exitNotExecutable, detail: await explainNotExecutable(candidate, stats.isDirectory(), errorCode ?? 'EACCES') };
  }
  return { code: exitNotFound, detail: await explainNotFound(program, path, directory) };
}

async function explainNotExecutable(file: string, isDirectory: boolean, errorCode: string): Promise<string> {
  if (isDirectory) return `${file} is a folder, not a program`;
  if (!(await isExecutable(file))) return `${file} is not executable; try: chmod +x ${file}`;
  if (errorCode === 'ENOENT') return `${file} names an interpreter in its first line that does not exist`;
  if (errorCode === 'ENOEXEC') return `${file} is neither a binary of this machine nor a script; does its first line begin with #!?`;
  return `${file} cannot be started: ${errorCode}`;
}

function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function explainNotFound(program: string, path: string, directory: string): Promise<string> {
  if (!program.includes('/')) {
    const isHere = await stat(join(directory, program)).then(
      () => true,
      () => false,
    );
    const hint = isHere ? `; the run directory has a file of this name: write ./${program}` : '';
    return `${program} was not found in PATH (${path})${hint}`;
  }
  const file = resolve(directory, program);
  const similar = await similarFile(file);
  const where = isAbsolute(program) ? '' : `, looked for relative to the run directory ${directory}`;
  return `${program} does not exist${where}${similar === null ? '' : `; did you mean ${similar}?`}`;
}

/** A file beside it whose name differs by case, ending or one or two letters. */
async function similarFile(file: string): Promise<string | null> {
  const names = await readdir(dirname(file)).catch(() => []);
  const wanted = basename(file);
  const near = names.find(
    (name) => name.toLowerCase() === wanted.toLowerCase() || name.startsWith(`${wanted}.`) || distance(name, wanted) <= 2,
  );
  return near === undefined ? null : join(dirname(file), near);
}

/** Edit distance, given up above 2. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 3;
}
