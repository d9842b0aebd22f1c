import { assert } from '@juqueue/core';

/** Who occupies which slot of the node. */
export class SlotTable {
  readonly #occupants: (string | null)[];

  constructor(slots: number) {
    this.#occupants = Array.from({ length: slots }, () => null);
  }

  get size(): number {
    return this.#occupants.length;
  }

  get free(): number {
    return this.#occupants.filter((occupant) => occupant === null).length;
  }

  /** Takes the wished slots when all of them are free, else the lowest free ones; null when there are too few. */
  take(occupant: string, count: number, wished: readonly number[]): readonly number[] | null {
    const isWishFree = wished.length === count && wished.every((slot) => this.#occupants[slot] === null);
    const slots = isWishFree ? wished : this.#lowestFree(count);
    if (slots === null) return null;
    for (const slot of slots) this.#occupants[slot] = occupant;
    return slots;
  }

  release(occupant: string, slots: readonly number[]): void {
    for (const slot of slots) {
      assert(this.#occupants[slot] === occupant, `slot ${slot} is not occupied by ${occupant}`);
      this.#occupants[slot] = null;
    }
  }

  #lowestFree(count: number): readonly number[] | null {
    const free = this.#occupants.flatMap((occupant, slot) => (occupant === null ? [slot] : []));
    return free.length < count ? null : free.slice(0, count);
  }
}
