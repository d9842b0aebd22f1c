import type { IndexFeed } from '../ports/index-feed.ts';
import type { Store } from '../ports/store.ts';
import { Changes } from '../evolve/changes.ts';
import { World } from '../evolve/world.ts';
import { indexChanges } from './index-changes.ts';

export interface Recovered {
  readonly world: World;
  /** The number that the next event gets. */
  readonly nextSeq: number;
}

/**
 * The state as the store has it, and an index that agrees with it. The index takes up where it left off; one that is
 * ahead of the store (a journal set back by a repair) or empty is filled anew.
 */
export async function recover(store: Store, index: IndexFeed): Promise<Recovered> {
  const world = new World();
  const indexedSeq = await index.appliedSeq();
  let lastSeq = 0;
  for await (const batch of store.replay(1)) {
    const changes = new Changes();
    for (const stored of batch) world.apply(stored.event, stored.atMs, changes);
    lastSeq = batch.at(-1)?.seq ?? lastSeq;
    if (lastSeq > indexedSeq) index.apply(lastSeq, indexChanges(world, changes, batch));
  }
  if (indexedSeq > lastSeq) {
    await index.reset();
    await refill(store, index);
  }
  return { world, nextSeq: lastSeq + 1 };
}

async function refill(store: Store, index: IndexFeed): Promise<void> {
  const world = new World();
  for await (const batch of store.replay(1)) {
    const changes = new Changes();
    for (const stored of batch) world.apply(stored.event, stored.atMs, changes);
    index.apply(batch.at(-1)?.seq ?? 0, indexChanges(world, changes, batch));
  }
}
