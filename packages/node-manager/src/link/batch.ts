/**
 * What a thousand short runs a second have to say is sent in a hundred pieces, because a piece costs more than its
 * content; what is said now and then goes at once.
 */
const shortestGapMs = 10;

/** Collects what is to be sent and hands it over in the order of its coming, at most every 10 ms. */
export class Batch<Item> {
  readonly #deliver: (items: readonly Item[]) => void;
  #items: Item[] = [];
  #deliveredAtMs = 0;

  constructor(deliver: (items: readonly Item[]) => void) {
    this.#deliver = deliver;
  }

  add(item: Item): void {
    this.#items.push(item);
    if (this.#items.length > 1) return;
    const waitMs = this.#deliveredAtMs + shortestGapMs - performance.now();
    if (waitMs > 0) setTimeout(() => this.flush(), waitMs);
    else setImmediate(() => this.flush());
  }

  /** Delivers now what is there. */
  flush(): void {
    if (this.#items.length === 0) return;
    const items = this.#items;
    this.#items = [];
    this.#deliveredAtMs = performance.now();
    this.#deliver(items);
  }

  /** Forgets what is there: nobody is left to hear it. */
  clear(): void {
    this.#items = [];
  }
}
