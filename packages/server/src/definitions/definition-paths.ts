import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileProblem, jsonLinesExtension } from '@juqueue/core';
import type { DefinitionProblem } from '@juqueue/core';
import { languageOf } from './programs/interpreters.ts';

const experimentsFolder = 'experiments';
const yamlExtensions = ['.yaml', '.yml'];

/** Paths of the definition files in `experiments/`, in their order. Names that begin with `.` or `_` are not read. */
export async function experimentPaths(defDir: string, problems: DefinitionProblem[]): Promise<readonly string[]> {
  return (await definitionPaths(defDir, problems)).filter((path) => !path.startsWith(`${experimentsFolder}/_`));
}

/** The same with the files that programs import from beside them, which begin with `_`. */
export async function definitionPaths(defDir: string, problems: DefinitionProblem[]): Promise<readonly string[]> {
  let names: readonly string[];
  try {
    names = await readdir(join(defDir, experimentsFolder));
  } catch (error) {
    if (codeOf(error) === 'ENOENT')
      problems.push(
        fileProblem(experimentsFolder, 'warning', 'file-missing', `there is no folder ${experimentsFolder}, so there are no runs`),
      );
    else problems.push(unreadable(experimentsFolder, error));
    return [];
  }
  const isDefinition = (name: string) =>
    (yamlExtensions.includes(extname(name)) || name.endsWith(jsonLinesExtension) || languageOf(name) !== null) && !name.endsWith('.d.ts');
  return names
    .filter((name) => !name.startsWith('.') && isDefinition(name))
    .sort()
    .map((name) => `${experimentsFolder}/${name}`);
}

export function unreadable(path: string, error: unknown): DefinitionProblem {
  return fileProblem(path, 'error', 'file-unreadable', `it cannot be read (${codeOf(error)})`);
}

export function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
