import type { ExperimentDefinition } from '../model/definition.ts';
import type { DurableEvent } from '../model/events.ts';
import { runId } from '../model/ids.ts';
import type { RunHistories } from '../ports/run-histories.ts';
import type { World } from '../evolve/world.ts';
import type { RunHistory } from './work-dir-findings.ts';

/** What the work-dir knows of runs that this definition would add. A file system that says no only costs what it knows. */
export async function firstHistories(
  world: World,
  histories: RunHistories,
  { name, runs }: ExperimentDefinition,
): Promise<readonly RunHistory[]> {
  const unknown = runs.map((run) => run.name).filter((run) => world.run(runId(name, run)) === undefined);
  return unknown.length === 0 ? [] : await histories.of(name, unknown).catch(() => []);
}

/** Their attempts, after the events that define the runs. An end under another definition gives only its number. */
export function importedFacts(events: readonly DurableEvent[], histories: readonly RunHistory[]): readonly DurableEvent[] {
  if (histories.length === 0) return [];
  const hashes = new Map<string, string>();
  for (const event of events) {
    if (event.kind !== 'experiment-defined') continue;
    for (const { definition, definitionHash } of event.added) hashes.set(runId(event.experiment, definition.name), definitionHash);
  }
  return histories.flatMap(({ run, attempt, outcome, definitionHash }) => {
    const hash = hashes.get(run);
    if (hash === undefined || attempt < 1) return [];
    return [{ kind: 'history-found' as const, run, attempt, outcome: definitionHash === null || definitionHash === hash ? outcome : null }];
  });
}
