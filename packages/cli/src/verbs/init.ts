import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { CommandError } from '../command-error.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Terminal } from '../output/terminal.ts';
import { printJson } from '../verb.ts';
import type { CommonOptions, VerbResult } from '../verb.ts';
import { editorFiles } from './editor-files.ts';
import { fromSbatch } from '../sbatch/from-sbatch.ts';
import type { FromSbatch } from '../sbatch/from-sbatch.ts';
import { editorSchemas, initFiles } from './init-files.ts';
import type { DefinitionLanguage } from './init-files.ts';

export interface InitOptions extends CommonOptions {
  readonly language: DefinitionLanguage;
  readonly fromSbatch?: string;
}

/** Writes definitions to start from into a folder. What is there already stays as it is. */
export async function init(terminal: Terminal, options: InitOptions, folder: string | undefined): VerbResult {
  const defDir = resolve(folder ?? 'defs');
  const written: string[] = [];
  const { files, notes } = await contents(options);
  for (const [name, content] of Object.entries(files)) {
    const file = join(defDir, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
      throw new CommandError(
        exitCodes.refused,
        'JQ_BAD_REQUEST',
        `${file} exists and is not overwritten.`,
        written.length === 0 ? 'Name another folder: juqueue init DIR' : `Written before it: ${written.join(', ')}`,
      );
    });
    written.push(name);
  }
  for (const note of notes) terminal.err(`note: ${note}`);
  const shown = relative(process.cwd(), defDir) || '.';
  if (options.json === true) printJson(terminal, { defDir, files: written, notes });
  else
    terminal.out(`${written.map((name) => `${join(shown, name)}\n`).join('')}Serve it with: juqueue --def-dir ${shown} --work-dir work\n`);
  return exitCodes.ok;
}

async function contents({ language, fromSbatch: script }: InitOptions): Promise<FromSbatch> {
  const editor = await editorFiles();
  if (script === undefined) return { files: initFiles(language, editor), notes: [] };
  const text = await readFile(script, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(
      exitCodes.badInput,
      'JQ_BAD_REQUEST',
      `${script} cannot be read (${error.code ?? error.message}), expected a batch script.`,
    );
  });
  const { files, notes } = fromSbatch({ name: script, text, directory: process.cwd() });
  return { files: { ...files, ...editorSchemas(editor) }, notes };
}
