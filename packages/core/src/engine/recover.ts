import type { AttemptRow } from '../ports/run-index.ts';
import type { IndexChange, IndexFeed } from '../ports/index-feed.ts';
import type { SavedState } from '../ports/saved-state.ts';
import type { Store } from '../ports/store.ts';
import type { World } from '../evolve/world.ts';
import type { Accounts } from '../ledger/accounts.ts';
import { assert } from '../model/assert.ts';
import { attemptRow, runChange } from '../evolve/rows.ts';
import { SavedStateReader, StateFold } from '../ledger/state-fold.ts';
import { indexChanges } from './index-changes.ts';

export interface Recovered {
  readonly world: World;
  /** The account of everything that the store has. */
  readonly accounts: Accounts;
  /** The number that the next event gets. */
  readonly nextSeq: number;
}

/**
 * The state as the store has it, and an index that agrees with it: the index takes up where it left off; one that is empty
 * or knows less than the saved state is filled. It must not know of events that the store does not have; openRunIndex
 * sees to that.
 */
export async function recover(store: Store, index: IndexFeed): Promise<Recovered> {
  const { savedState } = store;
  const indexedSeq = await index.appliedSeq();
  const fold = savedState === null ? new StateFold() : await restore(savedState, indexedSeq < savedState.seq ? index : null);
  let lastSeq = savedState?.seq ?? 0;
  for await (const batch of store.replay(lastSeq + 1)) {
    const changes = fold.apply(batch);
    lastSeq = batch.at(-1)?.seq ?? lastSeq;
    if (lastSeq > indexedSeq) index.apply(lastSeq, indexChanges(fold.world, fold.accounts, changes, batch));
  }
  assert(indexedSeq <= lastSeq, `the index knows event ${indexedSeq}, the journal ends with ${lastSeq}`);
  return { world: fold.world, accounts: fold.accounts, nextSeq: lastSeq + 1 };
}

/** The saved state, and in the index, unless that is null, the rows that stand in the place of all before it. */
async function restore(state: SavedState, index: IndexFeed | null): Promise<StateFold> {
  const reader = new SavedStateReader();
  await index?.reset();
  let hasRuns = false;
  for await (const record of state.records()) {
    if (record.kind !== 'attempts') {
      reader.take(record);
      continue;
    }
    if (index === null) break;
    if (!hasRuns) index.apply(0, runRows(reader.fold.world));
    hasRuns = true;
    index.apply(0, record.attempts.map(attemptChange));
  }
  // Only the last says the number: an index that was filled half is begun anew.
  index?.apply(state.seq, hasRuns ? [] : runRows(reader.fold.world));
  return reader.fold;
}

function runRows(world: World): readonly IndexChange[] {
  const rows: IndexChange[] = [];
  for (const run of world.allRuns) {
    rows.push(runChange(run));
    if (run.execution !== null) rows.push(attemptChange(attemptRow(run, run.execution, null)));
  }
  return rows;
}

function attemptChange(row: AttemptRow): IndexChange {
  return { kind: 'attempt', row };
}
