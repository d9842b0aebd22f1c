import type { ExperimentName, RunName } from '../model/ids.ts';
import type { RunHistory } from '../engine/work-dir-findings.ts';

/** What the folders of runs tell of earlier attempts; read when an experiment is defined for the first time. */
export interface RunHistories {
  /** Those of these runs that have a history. Runs without a folder cost nothing. */
  of(experiment: ExperimentName, runs: readonly RunName[]): Promise<readonly RunHistory[]>;
}
