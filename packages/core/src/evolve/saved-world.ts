import type { Allocation } from '../model/allocation.ts';
import type { Run } from '../model/run.ts';
import type { SavedClusters } from './cluster-book.ts';
import type { SavedExperience } from './experience.ts';
import type { SavedExperiments } from './experiment-book.ts';
import { assert, assertNever } from '../model/assert.ts';
import { slices } from '../model/slices.ts';
import type { SavedRun } from './saved-run.ts';
import { restoreRuns, saveRuns } from './saved-run.ts';
import { AllocationBook } from './allocation-book.ts';
import { WorldBooks } from './world-books.ts';

/** A part of a saved world. `world` comes first; long lists come in pieces, so that no step is long. */
export type WorldRecord =
  | {
      readonly kind: 'world';
      readonly marks: Readonly<WorldBooks['marks']>;
      readonly allocationCount: number;
      readonly clusters: SavedClusters;
      readonly experiments: SavedExperiments;
      readonly experience: SavedExperience;
    }
  | { readonly kind: 'allocations'; readonly allocations: readonly Allocation[] }
  | { readonly kind: 'runs'; readonly runs: readonly SavedRun[] };

/** Items in one record of a long list. */
export const savedSliceLength = 200;

/**
 * What the journal says of the world: what nodes and clusters tell anew after a restart is not in it, and what follows from
 * the rest is made again. Only a world that was told durable events alone is what a replay would give.
 */
export function* saveWorld(books: WorldBooks): Generator<WorldRecord, void, undefined> {
  const { marks, allocations, clusters, experiments, experience, runs } = books;
  yield {
    kind: 'world',
    marks: { ...marks },
    allocationCount: allocations.count,
    clusters: clusters.saved(),
    experiments: experiments.saved(),
    experience: experience.saved(),
  };
  for (const slice of slices(allocations.all, savedSliceLength)) yield { kind: 'allocations', allocations: slice };
  for (const slice of slices(runs.byId.values(), savedSliceLength)) yield { kind: 'runs', runs: saveRuns(slice) };
}

/** Puts a saved world together again from its records, in their order. */
export class SavedWorldReader {
  readonly #allocations: Allocation[] = [];
  readonly #runs: Run[] = [];
  #world: Extract<WorldRecord, { kind: 'world' }> | null = null;

  take(record: WorldRecord): void {
    switch (record.kind) {
      case 'world':
        this.#world = record;
        return;
      case 'allocations':
        for (const allocation of record.allocations) this.#allocations.push(allocation);
        return;
      case 'runs':
        for (const run of restoreRuns(record.runs)) this.#runs.push(run);
        return;
      default:
        return assertNever(record);
    }
  }

  /** All runs exist before any dependency is looked at, as when they were defined. */
  books(): WorldBooks {
    const world = this.#world;
    assert(world !== null, 'a saved world begins with what it is');
    const books = new WorldBooks(AllocationBook.restored(this.#allocations, world.allocationCount));
    Object.assign(books.marks, world.marks);
    books.clusters.restore(world.clusters);
    books.experiments.restore(world.experiments);
    books.experience.restore(world.experience);
    for (const run of this.#runs) {
      books.runs.byId.set(run.id, run);
      books.experiments.change(null, run);
      books.ready.change(null, run);
    }
    for (const run of this.#runs) books.dependencies.addRun(run, books.runs.byId);
    return books;
  }
}
