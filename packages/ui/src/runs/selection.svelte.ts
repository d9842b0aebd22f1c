/** Which runs are selected: some of them by name, or all that match the filter, however many, except some. */
export class Selection {
  /** Those that are selected by name; while all are, those that are not. */
  ids = $state.raw<ReadonlySet<string>>(new Set());
  isAll = $state(false);
  #anchor: number | null = null;

  get isEmpty(): boolean {
    return !this.isAll && this.ids.size === 0;
  }

  has(id: string): boolean {
    return this.isAll !== this.ids.has(id);
  }

  /** How many are selected of so many that match. */
  countOf(total: number): number {
    return this.isAll ? Math.max(0, total - this.ids.size) : this.ids.size;
  }

  clear(): void {
    this.ids = new Set();
    this.isAll = false;
    this.#anchor = null;
  }

  selectAll(): void {
    this.clear();
    this.isAll = true;
  }

  /** Switches one run; with a range, all from the one that was switched before take its new state. */
  toggle(id: string, index: number, rangeFrom: ((from: number) => readonly string[]) | null): void {
    const next = new Set(this.ids);
    const isNamed = !next.has(id);
    const range = rangeFrom !== null && this.#anchor !== null ? rangeFrom(this.#anchor) : [id];
    for (const each of range) {
      if (isNamed) next.add(each);
      else next.delete(each);
    }
    this.#anchor = index;
    this.ids = next;
  }
}
