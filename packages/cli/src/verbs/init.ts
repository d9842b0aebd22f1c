import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { CommandError } from '../command-error.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Terminal } from '../output/terminal.ts';
import { printJson } from '../verb.ts';
import type { CommonOptions, VerbResult } from '../verb.ts';
import { editorFiles } from './editor-files.ts';
import { initFiles } from './init-files.ts';
import type { DefinitionLanguage } from './init-files.ts';

/** Writes definitions to start from into a folder. What is there already stays as it is. */
export async function init(terminal: Terminal, options: CommonOptions & { readonly language: DefinitionLanguage }, folder: string | undefined): VerbResult {
  const defDir = resolve(folder ?? 'defs');
  const written: string[] = [];
  for (const [name, content] of Object.entries(initFiles(options.language, await editorFiles()))) {
    const file = join(defDir, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
      throw new CommandError(exitCodes.refused, 'JQ_BAD_REQUEST', `${file} exists and is not overwritten.`, written.length === 0 ? 'Name another folder: juqueue init DIR' : `Written before it: ${written.join(', ')}`);
    });
    written.push(name);
  }
  const shown = relative(process.cwd(), defDir) || '.';
  if (options.json === true) printJson(terminal, { defDir, files: written });
  else terminal.out(`${written.map((name) => `${join(shown, name)}\n`).join('')}Serve it with: juqueue --def-dir ${shown} --work-dir work\n`);
  return exitCodes.ok;
}
