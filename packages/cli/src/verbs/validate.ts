import { resolve } from 'node:path';
import { exitCodes } from '../exit-codes.ts';
import { managerBundle } from '../server/manager-bundle.ts';
import { printJson } from '../verb.ts';
import type { CommonOptions, VerbResult } from '../verb.ts';
import type { Terminal } from '../output/terminal.ts';
import { editorFiles } from './editor-files.ts';
import { printProblems } from './reload.ts';
import { pythonInterpreter } from './serve-options.ts';

export interface ValidateOptions extends CommonOptions {
  readonly defDir?: string;
  readonly python?: string;
  readonly schema?: 'experiment' | 'clusters' | 'typescript';
}

/** Checks a definitions folder without any manager: every problem with its place. */
export async function validate(terminal: Terminal, options: ValidateOptions, folder: string | undefined): VerbResult {
  const { readDefinitionsOnce } = await managerBundle();
  if (options.schema !== undefined) {
    const texts = await editorFiles();
    terminal.out(texts[options.schema]);
    return exitCodes.ok;
  }
  const defDir = resolve(folder ?? options.defDir ?? '.');
  const { problems, clusters, experiments } = await readDefinitionsOnce({
    defDir,
    workDir: resolve(options.workDir ?? 'work'),
    python: pythonInterpreter(options.python),
  });
  const errors = problems.filter((problem) => problem.severity === 'error').length;
  const runs = experiments.reduce((sum, experiment) => sum + experiment.runs.length, 0);
  if (options.json === true) {
    printJson(terminal, {
      defDir,
      clusters: clusters.map(({ name }) => name),
      experiments: experiments.map((experiment) => ({ name: experiment.name, runs: experiment.runs.length })),
      problems,
    });
  } else {
    printProblems(terminal, problems);
    const warnings = problems.length - errors;
    terminal.err(
      `${count(clusters.length, 'cluster')}, ${count(experiments.length, 'experiment')} with ${count(runs, 'run')}; ${count(errors, 'error')}, ${count(warnings, 'warning')}.`,
    );
  }
  return errors > 0 ? exitCodes.badInput : exitCodes.ok;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
