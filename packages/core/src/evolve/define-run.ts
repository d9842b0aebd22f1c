import type { DefinedRun } from '../model/events.ts';
import type { ExperimentName } from '../model/ids.ts';
import { runId } from '../model/ids.ts';
import type { Run } from '../model/run.ts';

/** A run as its definition makes it, before anybody asked for it. */
export function defineRun(experiment: ExperimentName, experimentOrder: number, defined: DefinedRun, atMs: number): Run {
  return {
    id: runId(experiment, defined.definition.name),
    experiment,
    name: defined.definition.name,
    definition: defined.definition,
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
