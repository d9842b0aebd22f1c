import type { IndexFeed } from '../ports/index-feed.ts';
import type { Store } from '../ports/store.ts';
import { assert } from '../model/assert.ts';
import { Changes } from '../evolve/changes.ts';
import { World } from '../evolve/world.ts';
import { Accounts } from '../ledger/accounts.ts';
import { indexChanges } from './index-changes.ts';

export interface Recovered {
  readonly world: World;
  /** The account of everything that the store has. */
  readonly accounts: Accounts;
  /** The number that the next event gets. */
  readonly nextSeq: number;
}

/**
 * The state as the store has it, and an index that agrees with it: the index takes up where it left off, an empty one is
 * filled. It must not know of events that the store does not have; openRunIndex sees to that.
 */
export async function recover(store: Store, index: IndexFeed): Promise<Recovered> {
  const world = new World();
  const accounts = new Accounts();
  const indexedSeq = await index.appliedSeq();
  let lastSeq = 0;
  for await (const batch of store.replay(1)) {
    const changes = new Changes();
    for (const { event, atMs } of batch) {
      world.apply(event, atMs, changes);
      accounts.follow(event, atMs, world);
    }
    lastSeq = batch.at(-1)?.seq ?? lastSeq;
    if (lastSeq > indexedSeq) index.apply(lastSeq, indexChanges(world, changes, batch));
  }
  assert(indexedSeq <= lastSeq, `the index knows event ${indexedSeq}, the journal ends with ${lastSeq}`);
  return { world, accounts, nextSeq: lastSeq + 1 };
}
