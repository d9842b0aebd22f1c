import { Random } from '@juqueue/core';

/** All chance of one simulated world: equal seeds roll equal numbers. */
export class Dice extends Random {
  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(from: readonly T[]): T {
    const item = from[this.between(0, from.length - 1)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  /** In a new order. */
  shuffled<T>(of: readonly T[]): readonly T[] {
    return of
      .map((item) => ({ item, by: this.next() }))
      .sort((a, b) => a.by - b.by)
      .map(({ item }) => item);
  }
}
