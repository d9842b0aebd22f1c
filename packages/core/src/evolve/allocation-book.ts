import type { Allocation } from '../model/allocation.ts';
import type { AllocationId } from '../model/ids.ts';
import { assert } from '../model/assert.ts';
import { isOpen } from './evolve-allocation.ts';
import { allocationNumber, compareIds } from '../model/ids.ts';

/** Every allocation there ever was, those that matter still, and those of which the bill is not known yet. */
export class AllocationBook {
  readonly #all = new Map<AllocationId, Allocation>();
  readonly #unconfirmedEnds = new Set<AllocationId>();
  readonly #openById = new Map<AllocationId, Allocation>();
  #open: readonly Allocation[] | null = null;
  #count = 0;

  /** How many were ever requested; the next one's number is one more. */
  get count(): number {
    return this.#count;
  }
  get all(): Iterable<Allocation> {
    return this.#all.values();
  }
  /** Those that have not ended, and those whose node is not yet proven gone, in the order of their ids. */
  get open(): readonly Allocation[] {
    this.#open ??= [...this.#openById.values()].sort((a, b) => compareIds(a.id, b.id));
    return this.#open;
  }
  get unconfirmedEnds(): readonly Allocation[] {
    return [...this.#unconfirmedEnds].flatMap((id) => this.#all.get(id) ?? []);
  }

  get(id: AllocationId): Allocation | undefined {
    return this.#all.get(id);
  }

  need(id: AllocationId): Allocation {
    const allocation = this.#all.get(id);
    assert(allocation !== undefined, `an event names allocation ${id}, which does not exist`);
    return allocation;
  }

  /** From what was saved: all that there ever were, and their count. */
  static restored(all: Iterable<Allocation>, count: number): AllocationBook {
    const book = new AllocationBook();
    for (const allocation of all) book.set(allocation);
    book.#count = count;
    return book;
  }

  /** Answers whether the supply of nodes changed. */
  set(allocation: Allocation): boolean {
    const before = this.#all.get(allocation.id);
    if (before === undefined) this.#count = Math.max(this.#count + 1, allocationNumber(allocation.id));
    this.#all.set(allocation.id, allocation);
    this.#open = null;
    if (isOpen(allocation)) this.#openById.set(allocation.id, allocation);
    else this.#openById.delete(allocation.id);
    if (allocation.status === 'ended' && !allocation.isConfirmed) this.#unconfirmedEnds.add(allocation.id);
    else this.#unconfirmedEnds.delete(allocation.id);
    return before?.status !== allocation.status || before.node?.status !== allocation.node?.status;
  }
}
