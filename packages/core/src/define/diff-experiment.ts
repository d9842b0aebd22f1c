import type { ExperimentDefinition } from '../model/definition.ts';
import type { DefinedRun } from '../model/events.ts';
import type { RunId } from '../model/ids.ts';
import { runId } from '../model/ids.ts';
import { definitionHash, definitionHashes } from './definition-hash.ts';

/** What a new version of an experiment changes. Runs are in the order of the definition, removed ones in the order of the old. */
export interface ExperimentDiff {
  readonly added: readonly DefinedRun[];
  readonly changed: readonly DefinedRun[];
  readonly removed: readonly RunId[];
  readonly unchangedCount: number;
}

/** Compares by id and hash. `stored` holds the hash of each run that is known. */
export function diffExperiment(stored: ReadonlyMap<RunId, string>, next: ExperimentDefinition): ExperimentDiff {
  const added: DefinedRun[] = [];
  const changed: DefinedRun[] = [];
  const kept = new Set<RunId>();
  const hashes = definitionHashes(next.runs);
  for (const [index, definition] of next.runs.entries()) {
    const id = runId(next.name, definition.name);
    kept.add(id);
    const before = stored.get(id);
    const defined: DefinedRun = { definition, definitionHash: hashes[index] ?? definitionHash(definition) };
    if (before === undefined) added.push(defined);
    else if (before !== defined.definitionHash) changed.push(defined);
  }
  const removed = [...stored.keys()].filter((id) => !kept.has(id));
  return { added, changed, removed, unchangedCount: next.runs.length - added.length - changed.length };
}
