import { readdirSync, unlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import type { JournalExtent } from './journal-protocol.ts';
import type { IntactState } from './journal-worker-state.ts';
import { assert } from '../model/assert.ts';
import { serveCalls } from '../workers/worker-calls.ts';
import { segmentNamePattern, stateNamePattern } from './journal-format.ts';
import { foldJournal } from './journal-worker-fold.ts';
import { StateWriter } from './journal-worker-state.ts';
import { syncFolder } from './journal-worker-writer.ts';
import { writeStateText } from './journal-state-text.ts';

export const compactionFunctions = { save, removeOld };

/** Of this thread alone, as Linux does it: heartbeats and answers come first. */
const niceness = 10;
setPriority(0, niceness);
serveCalls(compactionFunctions);

/** Writes down the state up to event `seq`, beside everything that is there. */
function save({
  directory,
  extent,
  seq,
}: {
  readonly directory: string;
  readonly extent: JournalExtent;
  readonly seq: number;
}): IntactState {
  const { place, atMs, records } = foldJournal(directory, extent, seq);
  const writer = new StateWriter(directory, extent.generation, place, atMs);
  try {
    for (const { text, isLast } of writeStateText(records())) writer.add(text, isLast);
    return writer.complete();
  } catch (error) {
    writer.giveUp();
    throw error;
  }
}

/**
 * Removes what comes before the earlier of the two newest saved states, so that damage of the newest costs nothing, oldest
 * first; answers the segments that are gone. The segment in which that state ends stays: it proves whose state it is.
 */
function removeOld({
  directory,
  extent: { state, earlierState },
}: {
  readonly directory: string;
  readonly extent: JournalExtent;
}): readonly string[] {
  assert(state !== null, 'something was saved before something is removed');
  const entries = readdirSync(directory).sort();
  const isOldState = (name: string): boolean => stateNamePattern.test(name) && name < state.name && name !== earlierState?.name;
  const isUnfinished = (name: string): boolean => name.endsWith('.state.part') && name < state.name;
  for (const name of entries.filter((entry) => isOldState(entry) || isUnfinished(entry))) unlinkSync(join(directory, name));
  const first = earlierState?.place.segment ?? '';
  const segments = entries.filter((name) => segmentNamePattern.test(name) && name < first);
  for (const name of segments) unlinkSync(join(directory, name));
  syncFolder(directory);
  return segments;
}
