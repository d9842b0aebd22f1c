import type { StoredEvent } from '../model/events.ts';
import type { WorldRecord } from '../evolve/saved-world.ts';
import type { AccountsRecord } from './saved-accounts.ts';
import { Changes } from '../evolve/changes.ts';
import { SavedWorldReader } from '../evolve/saved-world.ts';
import { World } from '../evolve/world.ts';
import { Accounts } from './accounts.ts';

/** The state as the journal has it: a world and its accounts, told durable events in their order, or begun with a saved one. */
export class StateFold {
  readonly world: World;
  readonly accounts = new Accounts();

  constructor(world = new World()) {
    this.world = world;
  }

  apply(batch: readonly StoredEvent[]): Changes {
    const changes = new Changes();
    for (const { event, atMs } of batch) {
      this.world.apply(event, atMs, changes);
      this.accounts.follow(event, atMs, this.world);
    }
    return changes;
  }

  *saved(): Generator<WorldRecord | AccountsRecord, void, undefined> {
    yield* this.world.saved();
    yield* this.accounts.saved();
  }
}

/** Puts a saved state together again from its records: all of the world come before those of the accounts. */
export class SavedStateReader {
  readonly #world = new SavedWorldReader();
  #fold: StateFold | null = null;

  take(record: WorldRecord | AccountsRecord): void {
    if (record.kind === 'world' || record.kind === 'allocations' || record.kind === 'runs') this.#world.take(record);
    else this.fold.accounts.restore(record, this.fold.world);
  }

  get fold(): StateFold {
    this.#fold ??= new StateFold(new World(this.#world.books()));
    return this.#fold;
  }
}
