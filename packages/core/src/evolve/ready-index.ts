import type { Run } from '../model/run.ts';
import type { Shape, ShapeQueue } from '../model/snapshot.ts';
import { waitingReasons } from '../model/run-status.ts';
import { compareReadyRuns, shapeKey, shapeOf } from '../decide/order-runs.ts';
import { ImageBook } from './image-book.ts';
import { SortedList } from './sorted-list.ts';

class Queue implements ShapeQueue {
  readonly shape: Shape;
  readonly runs = new SortedList<Run>(compareReadyRuns);

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
  #count = 0;
  #waiting = 0;

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

  #insert(run: Run): boolean {
    const key = shapeKey(run);
    let queue = this.#queues.get(key);
    if (queue === undefined) {
      queue = new Queue(shapeOf(run));
      this.#queues.set(key, queue);
    }
    queue.runs.insert(run);
    this.#count += 1;
    return true;
  }

  #remove(run: Run): boolean {
    const key = shapeKey(run);
    const queue = this.#queues.get(key);
    if (queue === undefined || !queue.runs.delete(run)) return false;
    if (queue.size === 0) this.#queues.delete(key);
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
