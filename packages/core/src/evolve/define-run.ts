import type { RunDefinition } from '../model/definition.ts';
import type { DefinedRun } from '../model/events.ts';
import type { ExperimentName } from '../model/ids.ts';
import { runId } from '../model/ids.ts';
import type { Run } from '../model/run.ts';
import { shareParts } from './share-parts.ts';

/** Runs as their definitions make them, before anybody asked for them. */
export function defineRuns(
  experiment: ExperimentName,
  experimentOrder: number,
  defined: readonly DefinedRun[],
  atMs: number,
): readonly Run[] {
  let before: RunDefinition | undefined;
  return defined.map((next) => {
    const run = defineRun(experiment, experimentOrder, next, before, atMs);
    before = run.definition;
    return run;
  });
}

/** What it says alike with `before` is shared with that. Written out: a spread takes ten times as long, and there are 100 000. */
function defineRun(
  experiment: ExperimentName,
  experimentOrder: number,
  defined: DefinedRun,
  before: RunDefinition | undefined,
  atMs: number,
): Run {
  return {
    id: runId(experiment, defined.definition.name),
    experiment,
    name: defined.definition.name,
    definition: shareParts(defined.definition, before),
    definitionHash: defined.definitionHash,
    experimentOrder,
    createdAtMs: atMs,
    changedAtMs: atMs,
    status: 'inactive',
    reason: 'new',
    detail: null,
    attempt: 0,
    execution: null,
    outcome: null,
    retriesUsed: 0,
    crashes: 0,
    stopsWithoutProgress: 0,
    eligibleAtMs: null,
    hasShownCheckpoint: false,
    bestProgress: null,
    newestCheckpointAtMs: null,
    next: null,
    movesByConsolidation: 0,
    hasRefusedToSave: false,
    lastMovedAtMs: null,
  };
}
