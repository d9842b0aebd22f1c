import type { Run } from '../model/run.ts';
import type { Shape, ShapeQueue } from '../model/snapshot.ts';
import type { ExpectedMs } from './order-runs.ts';
import { compareReadyRuns } from './order-runs.ts';

/** The runs of one shape from `head` on, taken one by one. */
export interface Cursor {
  readonly shape: Shape;
  head: Run | null;
  /** Runs of this shape that are not taken, the head and the passed ones included. */
  left: number;
  /** Runs before the head that found no place while later ones might, in order. */
  readonly passed: Run[];
  readonly rest: Iterator<Run>;
}

export function openCursors(queues: readonly ShapeQueue[]): Cursor[] {
  return queues.map((queue) => {
    const rest = queue[Symbol.iterator]();
    return { shape: queue.shape, head: nextOf(rest), left: queue.size, passed: [], rest };
  });
}

/** Puts the passed runs back before the head, for another look at all that is left. */
export function rewind(cursor: Cursor): Cursor {
  const again = [...cursor.passed, ...(cursor.head === null ? [] : [cursor.head])][Symbol.iterator]();
  const { rest } = cursor;
  const both: Iterator<Run> = {
    next: () => {
      const first = again.next();
      return first.done === true ? rest.next() : first;
    },
  };
  return { shape: cursor.shape, head: nextOf(both), left: cursor.left, passed: [], rest: both };
}

/** All runs of this shape that are not taken, in order. The cursor is used up. */
export function* restOf(cursor: Cursor): Iterable<Run> {
  yield* cursor.passed;
  for (let run = cursor.head; run !== null; run = nextOf(cursor.rest)) yield run;
}

/**
 * The runs of many shapes in one order, merged lazily by the head of each shape: a run costs the logarithm of the number
 * of shapes, and a shape that is set aside costs nothing more, however many runs it has.
 */
export class ReadyMerge {
  readonly #heap: Cursor[] = [];
  readonly #expectedMs: ExpectedMs;

  constructor(cursors: readonly Cursor[], expectedMs: ExpectedMs) {
    this.#expectedMs = expectedMs;
    for (const cursor of cursors) this.#push(cursor);
  }

  /** The shape whose head is next of all; null when none is left. */
  get first(): Cursor | null {
    return this.#heap[0] ?? null;
  }

  /** The head of the first shape was placed; the shape goes on with its next run. */
  take(): void {
    const cursor = this.#pop();
    cursor.left -= 1;
    cursor.head = nextOf(cursor.rest);
    this.#push(cursor);
  }

  /** The head of the first shape found no place, but one behind it might. */
  pass(): void {
    const cursor = this.#pop();
    if (cursor.head !== null) cursor.passed.push(cursor.head);
    cursor.head = nextOf(cursor.rest);
    this.#push(cursor);
  }

  /** No run of the first shape is looked at any more. */
  setAside(): void {
    this.#pop();
  }

  #push(cursor: Cursor): void {
    if (cursor.head === null) return;
    const heap = this.#heap;
    let at = heap.push(cursor) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #pop(): Cursor {
    const heap = this.#heap;
    const last = heap.length - 1;
    this.#swap(0, last);
    const first = heap.pop();
    if (first === undefined) throw new Error('broken promise: no shape is left to take from');
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= heap.length) return first;
      const child = left + 1 < heap.length && this.#isBefore(left + 1, left) ? left + 1 : left;
      if (!this.#isBefore(child, at)) return first;
      this.#swap(at, child);
      at = child;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const runA = this.#heap[a]?.head;
    const runB = this.#heap[b]?.head;
    return runA != null && runB != null && compareReadyRuns(runA, runB, this.#expectedMs) < 0;
  }

  #swap(a: number, b: number): void {
    const heap = this.#heap;
    const one = heap[a];
    const other = heap[b];
    if (one === undefined || other === undefined) return;
    heap[a] = other;
    heap[b] = one;
  }
}

function nextOf(runs: Iterator<Run>): Run | null {
  const next = runs.next();
  return next.done === true ? null : next.value;
}
