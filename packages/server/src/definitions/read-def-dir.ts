import { hash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { clustersFile, fileProblem } from '@juqueue/core';
import type { DefinitionProblem, DefinitionText } from '@juqueue/core';
import { codeOf, experimentPaths, unreadable } from './definition-paths.ts';
import { languageOf } from './programs/interpreters.ts';

/** The files of a def-dir as they stand. `isMissing` when there is no such folder; then nothing else is known. */
export interface DefDirReading {
  readonly isMissing: boolean;
  readonly clusters: DefinitionText | null;
  /** In YAML, or as JSON lines. */
  readonly experiments: readonly DefinitionText[];
  /** In Python, TypeScript and JavaScript, not evaluated. */
  readonly programs: readonly DefinitionText[];
  /** Whether every definition file could be read; what a file that could not be read defines is not known. */
  readonly isComplete: boolean;
  readonly files: readonly { readonly path: string; readonly hash: string }[];
  readonly problems: readonly DefinitionProblem[];
}

/** A hundred thousand runs written out take 15 MB; a larger file is something else under the wrong name. */
const largestFileBytes = 64 * 1024 * 1024;

export async function readDefDir(defDir: string): Promise<DefDirReading> {
  const nothing = { clusters: null, experiments: [], programs: [], isComplete: false, files: [] };
  const trouble = await folderTrouble(defDir);
  if (trouble !== null) {
    const problem = fileProblem(
      defDir,
      'error',
      'def-dir-missing',
      `the definitions folder ${trouble}`,
      'juqueue init writes an example; --def-dir names another folder',
    );
    return { ...nothing, isMissing: true, problems: [problem] };
  }
  const problems: DefinitionProblem[] = [];
  const clusters = await readText(defDir, clustersFile, problems);
  const found: DefinitionText[] = [];
  for (const path of await experimentPaths(defDir, problems)) {
    const text = await readText(defDir, path, problems);
    if (text !== null) found.push(text);
  }
  const programs = found.filter(({ path }) => languageOf(path) !== null);
  const experiments = found.filter(({ path }) => languageOf(path) === null);
  const all = clusters === null ? found : [clusters, ...found];
  const files = all.map(({ path, text }) => ({ path, hash: hash('sha256', text, 'base64url') }));
  return {
    isMissing: false,
    clusters,
    experiments,
    programs,
    isComplete: problems.every(({ code }) => code !== 'file-unreadable'),
    files,
    problems,
  };
}

async function folderTrouble(path: string): Promise<string | null> {
  try {
    return (await stat(path)).isDirectory() ? null : 'is not a folder';
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? 'does not exist' : `cannot be read (${codeOf(error)})`;
  }
}

/** Null when there is no such file, or when it cannot be read; then `problems` says so. */
async function readText(defDir: string, path: string, problems: DefinitionProblem[]): Promise<DefinitionText | null> {
  try {
    const { size } = await stat(join(defDir, path));
    if (size <= largestFileBytes) return { path, text: await readFile(join(defDir, path), 'utf8') };
    problems.push(fileProblem(path, 'error', 'file-unreadable', `the file has ${size} bytes, expected at most ${largestFileBytes}`));
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') problems.push(unreadable(path, error));
  }
  return null;
}
