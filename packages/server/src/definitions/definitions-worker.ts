import { directiveObjections } from '@juqueue/cluster-slurm';
import { assert, compareProblems, definitionHash, loadDefinitions, serveCalls } from '@juqueue/core';
import type { Definitions, ExperimentDefinition, RunDefinition } from '@juqueue/core';
import { readDefDir } from './read-def-dir.ts';
import type { DefDirReading } from './read-def-dir.ts';

export interface LoadInput {
  readonly defDir: string;
  readonly workDir: string;
}

/** Everything but the runs, which are fetched in portions. */
export interface LoadOutput extends Omit<Definitions, 'experiments'>, Pick<DefDirReading, 'files' | 'isMissing'> {
  readonly experiments: readonly { readonly name: string; readonly autostart: boolean; readonly runCount: number }[];
}

export interface RunsPortion {
  readonly runs: readonly RunDefinition[];
  readonly hashes: readonly string[];
}

export type DefinitionsWorkerFunctions = {
  load: (input: LoadInput) => Promise<LoadOutput>;
  /** Runs of an experiment of the newest load, with their hashes. */
  runs: (input: { readonly experiment: number; readonly from: number; readonly count: number }) => RunsPortion;
};

let loaded: readonly ExperimentDefinition[] = [];

const functions: DefinitionsWorkerFunctions = {
  async load({ defDir, workDir }) {
    const reading = await readDefDir(defDir);
    const { isMissing, isComplete, files } = reading;
    if (isMissing) return { clusters: [], keptClusters: 'all', experiments: [], keptExperiments: 'all', problems: reading.problems, files, isMissing };
    const { experiments, ...definitions } = loadDefinitions(reading.clusters, reading.experiments, { defDir, workDir }, directiveObjections);
    loaded = experiments;
    return {
      ...definitions,
      keptExperiments: isComplete ? definitions.keptExperiments : 'all',
      experiments: experiments.map(({ name, autostart, runs }) => ({ name, autostart, runCount: runs.length })),
      problems: withoutRepetition([...reading.problems, ...definitions.problems]),
      files,
      isMissing,
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
