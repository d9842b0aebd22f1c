import { directiveObjections } from '@juqueue/cluster-slurm';
import { assert, compareProblems, definitionHash, loadDefinitions, programSource, serveCalls } from '@juqueue/core';
import type { Definitions, ExperimentDefinition, RunDefinition } from '@juqueue/core';
import type { KnownProgram } from './programs/read-programs.ts';
import { readPrograms } from './programs/read-programs.ts';
import { firstWritableByOthers } from './programs/writable-by-others.ts';
import type { InterpreterLimits } from './programs/interpreters.ts';
import type { NamedFile } from './file-mark.ts';
import { NamedFiles } from './named-files.ts';
import { readDefDir } from './read-def-dir.ts';
import type { DefDirReading } from './read-def-dir.ts';
import { readNotifyFile } from './read-notify-file.ts';
import type { NotifyFileReading } from './read-notify-file.ts';

/** What a definition folder is read with. `python` is the interpreter of Python definitions, a name on PATH or a path. */
export interface LoadInput {
  readonly defDir: string;
  readonly workDir: string;
  readonly python: string;
  readonly limits?: InterpreterLimits;
}

/** Who wants the definitions read: a person or a client, or the watcher because a file was saved. */
export type LoadTrigger = 'request' | 'save';

/** Everything but the runs, which are fetched in portions. */
export interface LoadOutput
  extends Omit<Definitions, 'experiments'>, Pick<DefDirReading, 'files' | 'isMissing'>, Pick<NotifyFileReading, 'notify'> {
  /** Files besides the definition files. */
  readonly namedFiles: readonly NamedFile[];
  /** Why what was saved must not take effect by itself: somebody else could have written it. Null when it may, and on request. */
  readonly objection: string | null;
  /** To be given back with the next load. */
  readonly programs: readonly KnownProgram[];
  readonly experiments: readonly (Omit<ExperimentDefinition, 'runs'> & { readonly runCount: number })[];
}

export interface RunsPortion {
  readonly runs: readonly RunDefinition[];
  readonly hashes: readonly string[];
}

export type DefinitionsWorkerFunctions = {
  load: (input: LoadInput & { readonly trigger: LoadTrigger; readonly known: readonly KnownProgram[] }) => Promise<LoadOutput>;
  /** Runs of an experiment of the newest load, with their hashes. */
  runs: (input: { readonly experiment: number; readonly from: number; readonly count: number }) => RunsPortion;
};

let loaded: readonly ExperimentDefinition[] = [];

const functions: DefinitionsWorkerFunctions = {
  async load({ trigger, known, ...input }) {
    const { defDir, workDir } = input;
    const reading = await readDefDir(defDir);
    const { isMissing, isComplete, files } = reading;
    if (isMissing)
      return {
        clusters: [],
        keptClusters: 'all',
        experiments: [],
        keptExperiments: 'all',
        hub: 'as-before',
        problems: reading.problems,
        files,
        namedFiles: [],
        isMissing,
        notify: 'as-before',
        objection: null,
        programs: known,
      };
    const notification = await readNotifyFile(defDir);
    const programs = await readPrograms(reading.programs, { ...input, trigger, known });
    const sources = programs.readings.map((program) => ({ path: program.path, source: programSource(program) }));
    const texts = [...reading.experiments, ...sources].sort((a, b) => (a.path < b.path ? -1 : 1));
    const named = new NamedFiles(defDir);
    const { experiments, ...definitions } = loadDefinitions(
      reading.clusters,
      texts,
      { defDir, workDir, readText: named.read },
      directiveObjections,
    );
    loaded = experiments;
    const allFiles = [...files, ...notification.files, ...named.files];
    return {
      ...definitions,
      objection:
        trigger === 'save'
          ? await firstWritableByOthers(
              defDir,
              allFiles.map(({ path }) => path),
            )
          : null,
      keptExperiments: isComplete ? definitions.keptExperiments : 'all',
      experiments: experiments.map(({ runs, ...experiment }) => ({ ...experiment, runCount: runs.length })),
      problems: withoutRepetition([...reading.problems, ...definitions.problems, ...notification.problems]),
      notify: notification.notify,
      files: allFiles,
      namedFiles: named.marks,
      isMissing,
      programs: programs.known,
    };
  },

  runs({ experiment, from, count }) {
    const definition = loaded[experiment];
    assert(definition !== undefined, `experiment ${experiment} was loaded`);
    const runs = definition.runs.slice(from, from + count);
    return { runs, hashes: runs.map(definitionHash) };
  },
};

/** A `clusters.yaml` that exists but cannot be read is not missing too. */
function withoutRepetition(problems: LoadOutput['problems']): LoadOutput['problems'] {
  const unreadable = new Set(problems.filter(({ code }) => code === 'file-unreadable').map(({ file }) => file));
  return problems.filter(({ file, code }) => code !== 'file-missing' || !unreadable.has(file)).toSorted(compareProblems);
}

serveCalls(functions);
