import type { RunId } from '../model/ids.ts';
import type { Run } from '../model/run.ts';
import type { Shape, ShapeQueue } from '../model/snapshot.ts';
import { waitingReasons } from '../model/run-status.ts';
import { compareReadyRuns, shapeKey, shapeOf } from '../decide/order-runs.ts';
import { ImageBook } from './image-book.ts';
import { SortedList } from './sorted-list.ts';

class Queue implements ShapeQueue {
  readonly shape: Shape;
  readonly runs = new SortedList<Run>((a, b) => compareReadyRuns(a, b));

  constructor(shape: Shape) {
    this.shape = shape;
  }

  get size(): number {
    return this.runs.size;
  }

  [Symbol.iterator](): Iterator<Run> {
    return this.runs[Symbol.iterator]();
  }
}

/** The ready runs that may start now, by shape and in order. Kept by event, so that a decision never sorts all runs. */
export class ReadyIndex {
  readonly #queues = new Map<string, Queue>();
  readonly #queueOf = new Map<RunId, Queue>();
  readonly #groupOf: (run: Run) => string;
  #count = 0;
  #waiting = 0;

  /** `groupOf` tells runs apart that would be of one shape by their definitions. */
  constructor(groupOf: (run: Run) => string = () => '') {
    this.#groupOf = groupOf;
  }

  /** Which images are there to start from. */
  readonly images = new ImageBook(() => [...this.#queues.values()]);

  /** Ready runs that may not start yet: blocked, held, waiting for a retry. */
  get waiting(): number {
    return this.#waiting;
  }

  get count(): number {
    return this.#count;
  }

  /** Notes that a run came (`before` null), went (`after` null) or changed. Answers whether the ready runs changed. */
  change(before: Run | null, after: Run | null): boolean {
    this.#waiting += Number(after !== null && waits(after)) - Number(before !== null && waits(before));
    const left = before !== null && mayStart(before) ? this.#remove(before) : false;
    const came = after !== null && mayStart(after) ? this.#insert(after) : false;
    return left || came;
  }

  /** Puts those of these runs that may start where they belong since `groupOf` answers otherwise. */
  regroup(runs: Iterable<Run>): void {
    for (const run of runs) {
      if (this.#queueOf.get(run.id) === undefined || !this.#remove(run)) continue;
      this.#insert(run);
    }
  }

  #insert(run: Run): boolean {
    const key = shapeKey(run) + this.#groupOf(run);
    let queue = this.#queues.get(key);
    if (queue === undefined) {
      queue = new Queue({ ...shapeOf(run), key });
      this.#queues.set(key, queue);
    }
    queue.runs.insert(run);
    this.#queueOf.set(run.id, queue);
    this.#count += 1;
    return true;
  }

  #remove(run: Run): boolean {
    const queue = this.#queueOf.get(run.id);
    if (queue === undefined || !queue.runs.delete(run)) return false;
    this.#queueOf.delete(run.id);
    if (queue.size === 0) this.#queues.delete(queue.shape.key);
    this.#count -= 1;
    return true;
  }
}

function mayStart(run: Run): boolean {
  return run.status === 'ready' && !waitingReasons.has(run.reason);
}

function waits(run: Run): boolean {
  return run.status === 'ready' && waitingReasons.has(run.reason);
}
