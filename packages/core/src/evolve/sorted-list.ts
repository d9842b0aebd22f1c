/**
 * A sorted list in chunks: insert, delete and ordered iteration for 100 000 and more items, where a plain array would
 * move half of its content at every insert. Items must be totally ordered (no two compare equal).
 */
export class SortedList<T> {
  readonly #compare: (a: T, b: T) => number;
  readonly #chunks: T[][] = [];
  #size = 0;

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#size;
  }

  *[Symbol.iterator](): Iterator<T> {
    for (const chunk of this.#chunks) yield* chunk;
  }

  insert(item: T): void {
    this.#size += 1;
    const chunk = this.#chunks[this.#chunkFor(item)];
    if (chunk === undefined) {
      this.#chunks.push([item]);
      return;
    }
    chunk.splice(this.#lowerBound(chunk, item), 0, item);
    if (chunk.length > chunkItemsMax) {
      this.#chunks.splice(this.#chunks.indexOf(chunk) + 1, 0, chunk.splice(chunk.length >> 1));
    }
  }

  /** Removes the item that compares equal; false when there is none. */
  delete(item: T): boolean {
    const chunkIndex = this.#chunkFor(item);
    const chunk = this.#chunks[chunkIndex];
    if (chunk === undefined) return false;
    const at = this.#lowerBound(chunk, item);
    const found = chunk[at];
    if (found === undefined || this.#compare(found, item) !== 0) return false;
    chunk.splice(at, 1);
    if (chunk.length === 0) this.#chunks.splice(chunkIndex, 1);
    this.#size -= 1;
    return true;
  }

  /** The first chunk whose last item is not below `item`; else the last chunk. */
  #chunkFor(item: T): number {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      const last = this.#chunks[middle]?.at(-1);
      if (last !== undefined && this.#compare(last, item) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #lowerBound(chunk: readonly T[], item: T): number {
    let low = 0;
    let high = chunk.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const candidate = chunk[middle];
      if (candidate !== undefined && this.#compare(candidate, item) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Small enough that a splice stays in a cache page or two, large enough that 100 000 items make few chunks. */
const chunkItemsMax = 512;
