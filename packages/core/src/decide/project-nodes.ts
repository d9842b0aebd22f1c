import { decideTimes } from './times.ts';

/** A node in a projection: from when it is billed, and when each of its slots is free, in ms of one clock. */
export interface ProjectedNode {
  readonly fromMs: number;
  readonly freeAtMs: readonly number[];
}

export interface Projection {
  /** When the last run ends; infinite when there is no slot at all. */
  readonly endMs: number;
  /** Node-milliseconds until each node is empty. */
  readonly billedMs: number;
}

/** When would runs of these times end, each started in its turn in the slot that is free first, and what would be billed? */
export function projectNodes(nodes: readonly ProjectedNode[], timesMs: readonly number[]): Projection {
  const freeAt = freeAtEnd(nodes, timesMs);
  return freeAt === null ? { endMs: Number.POSITIVE_INFINITY, billedMs: Number.POSITIVE_INFINITY } : projectionOf(nodes, freeAt);
}

/** When each slot is free for good, in no order; null when there is work and no slot at all. */
export function freeAtEnd(nodes: readonly ProjectedNode[], timesMs: readonly number[]): readonly Slot[] | null {
  const slots = new SlotHeap();
  nodes.forEach((node, index) => {
    for (const freeAtMs of node.freeAtMs) slots.push({ freeAtMs, node: index });
  });
  for (const timeMs of timesMs) {
    const slot = slots.first;
    if (slot === null) return null;
    slots.replaceFirst({ freeAtMs: slot.freeAtMs + timeMs, node: slot.node });
  }
  return slots.all;
}

export function projectionOf(nodes: readonly ProjectedNode[], freeAt: readonly Slot[]): Projection {
  const ends = nodes.map((node) => Math.max(node.fromMs, ...node.freeAtMs));
  for (const { freeAtMs, node } of freeAt) ends[node] = Math.max(ends[node] ?? 0, freeAtMs);
  const billedMs = nodes.reduce((sum, node, index) => sum + (ends[index] ?? node.fromMs) - node.fromMs, 0);
  return { endMs: ends.reduce((last, endMs) => Math.max(last, endMs), 0), billedMs };
}

/**
 * How many further nodes are enough? With `most` of them the work ends at some instant; the fewest with which it ends no
 * later than that, but for a slack, would do. Runs that can be moved are put together at the end, so the fewest nodes are
 * the cheapest then, and a longer slack pays; else, of the few counts from there on, the one with the lowest bill is taken.
 */
export function fewestNodes(
  base: readonly ProjectedNode[],
  further: ProjectedNode,
  most: number,
  timesMs: readonly number[],
  canMove: boolean,
): number {
  const project = (count: number) => projectNodes([...base, ...new Array<ProjectedNode>(count).fill(further)], timesMs);
  const soonestMs = project(most).endMs;
  const latestMs =
    soonestMs + Math.max(decideTimes.makespanSlackMs, canMove ? (soonestMs - further.fromMs) * decideTimes.makespanSlackShare : 0);
  let low = 0;
  let high = most;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (project(middle).endMs <= latestMs) high = middle;
    else low = middle + 1;
  }
  if (canMove) return low;
  let best = low;
  let bestMs = project(low).billedMs;
  for (let count = low + 1; count <= Math.min(most, low + decideTimes.projectedNodesAbove); count += 1) {
    const projected = project(count);
    if (projected.endMs > latestMs || projected.billedMs >= bestMs) continue;
    best = count;
    bestMs = projected.billedMs;
  }
  return best;
}

/** A slot of the node with this index. */
export interface Slot {
  readonly freeAtMs: number;
  readonly node: number;
}

/** Slots by the instant at which they are free, then by node. */
class SlotHeap {
  readonly #slots: Slot[] = [];

  get first(): Slot | null {
    return this.#slots[0] ?? null;
  }

  get all(): readonly Slot[] {
    return this.#slots;
  }

  push(slot: Slot): void {
    let at = this.#slots.push(slot) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  replaceFirst(slot: Slot): void {
    this.#slots[0] = slot;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= this.#slots.length) return;
      const child = left + 1 < this.#slots.length && this.#isBefore(left + 1, left) ? left + 1 : left;
      if (!this.#isBefore(child, at)) return;
      this.#swap(at, child);
      at = child;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const one = this.#slots[a];
    const other = this.#slots[b];
    return one !== undefined && other !== undefined && (one.freeAtMs - other.freeAtMs || one.node - other.node) < 0;
  }

  #swap(a: number, b: number): void {
    const one = this.#slots[a];
    const other = this.#slots[b];
    if (one === undefined || other === undefined) return;
    this.#slots[a] = other;
    this.#slots[b] = one;
  }
}
