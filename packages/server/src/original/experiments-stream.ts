import type { EngineApi } from '@juqueue/core';
import { originalRun } from './original-shapes.ts';

/** Runs in one slice: about a millisecond of work, so that heartbeats are answered between two. */
const runsPerSlice = 200;

/**
 * `{name: {runs: {id: run}}}` of all experiments as JSON text, in slices. The original's route has no pages, so a hundred
 * thousand runs are 50 MB; others get their turns between slices. Runs that come or go meanwhile may be missing.
 */
export function* experimentsJson(engine: EngineApi): Generator<string> {
  let experimentSeparator = '';
  let slice = '{';
  let runsInSlice = 0;
  for (const experiment of [...engine.experiments.values()].sort((a, b) => a.order - b.order)) {
    slice += `${experimentSeparator}${JSON.stringify(experiment.name)}:{"runs":{`;
    experimentSeparator = ',';
    let runSeparator = '';
    for (const id of [...experiment.runIds]) {
      const run = engine.run(id);
      if (run === undefined) continue;
      slice += `${runSeparator}${JSON.stringify(run.name)}:${JSON.stringify(originalRun(run))}`;
      runSeparator = ',';
      runsInSlice += 1;
      if (runsInSlice === runsPerSlice) {
        yield slice;
        slice = '';
        runsInSlice = 0;
      }
    }
    slice += '}}';
  }
  yield `${slice}}`;
}
