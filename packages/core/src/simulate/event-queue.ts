/** Things to come, by instant; those of one instant in the order in which they were added. */
export class EventQueue<T> {
  readonly #heap: { readonly atMs: number; readonly order: number; readonly item: T }[] = [];
  #added = 0;

  get nextAtMs(): number | null {
    return this.#heap[0]?.atMs ?? null;
  }

  add(atMs: number, item: T): void {
    this.#added += 1;
    let at = this.#heap.push({ atMs, order: this.#added, item }) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  /** Takes everything that is due at the next instant. */
  takeNext(): readonly T[] {
    const atMs = this.nextAtMs;
    const due: T[] = [];
    while (atMs !== null && this.nextAtMs === atMs) due.push(this.#takeFirst());
    return due;
  }

  #takeFirst(): T {
    const last = this.#heap.length - 1;
    this.#swap(0, last);
    const first = this.#heap.pop();
    if (first === undefined) throw new Error('broken promise: nothing is to come');
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= this.#heap.length) return first.item;
      const child = left + 1 < this.#heap.length && this.#isBefore(left + 1, left) ? left + 1 : left;
      if (!this.#isBefore(child, at)) return first.item;
      this.#swap(at, child);
      at = child;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const one = this.#heap[a];
    const other = this.#heap[b];
    return one !== undefined && other !== undefined && (one.atMs - other.atMs || one.order - other.order) < 0;
  }

  #swap(a: number, b: number): void {
    const one = this.#heap[a];
    const other = this.#heap[b];
    if (one === undefined || other === undefined) return;
    this.#heap[a] = other;
    this.#heap[b] = one;
  }
}
