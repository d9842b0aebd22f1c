import type { Run } from '../model/run.ts';
import type { ShapeQueue } from '../model/snapshot.ts';
import { compareReadyRuns, shapeKey, shapeOf } from './order-runs.ts';

/** A few runs as queues by shape, each in its order, as the snapshot holds the ready ones. */
export function queuesOf(runs: readonly Run[]): readonly ShapeQueue[] {
  const byKey = new Map<string, Run[]>();
  for (const run of runs) {
    const key = shapeKey(run);
    const same = byKey.get(key);
    if (same === undefined) byKey.set(key, [run]);
    else same.push(run);
  }
  return [...byKey.values()].flatMap((same) => {
    const [first] = same.sort((a, b) => compareReadyRuns(a, b));
    return first === undefined ? [] : [{ shape: shapeOf(first), size: same.length, [Symbol.iterator]: () => same[Symbol.iterator]() }];
  });
}
