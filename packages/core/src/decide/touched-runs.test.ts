import { describe, expect, test } from 'vitest';
import type { Run } from '../model/run.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { planTick } from './plan-tick.ts';
import { queuesOf } from './shape-queues.ts';
import { builtAtMs, world } from './snapshot-builder.ts';

interface Size {
  readonly ready: number;
  readonly nodes: number;
  readonly freeSlots: number;
}

/** Nodes that are full but for some slots, ready runs of ten shapes, and a count of the runs that are looked at. */
function counted({ ready, nodes, freeSlots }: Size): { readonly snapshot: Snapshot; readonly looks: () => number } {
  const built = world().cluster('c', { slots: 4, maxAllocations: nodes });
  for (let i = 0; i < nodes; i += 1)
    built.node(
      `n${String(i).padStart(4, '0')}`,
      Array.from({ length: 4 }, (_, slot) => (slot === 0 && i < freeSlots ? null : `on-${i}-${slot}`)),
    );
  const base = built.ready('template').snapshot();
  const template = base.run('e@template');
  if (template === undefined) throw new Error('the template run is missing');
  const runs = Array.from({ length: ready }, (_, i): Run => ({
    ...template,
    id: `e@r${String(i).padStart(6, '0')}`,
    definition: { ...template.definition, priority: i % 10 },
  }));
  let looks = 0;
  const readyShapes = queuesOf(runs).map((queue) => ({
    shape: queue.shape,
    size: queue.size,
    *[Symbol.iterator]() {
      for (const run of queue) {
        looks += 1;
        yield run;
      }
    },
  }));
  const run = (id: string) => {
    looks += 1;
    return base.run(id);
  };
  return { snapshot: { ...base, readyShapes, readyCount: ready, run }, looks: () => looks };
}

function looksOf(size: Size): number {
  const { snapshot, looks } = counted(size);
  expect(planTick(snapshot, builtAtMs).placements).toHaveLength(size.freeSlots);
  return looks();
}

describe('the runs that a tick looks at', () => {
  test('are no more when a hundred times as many wait', () => {
    expect(looksOf({ ready: 50_000, nodes: 50, freeSlots: 3 })).toBe(looksOf({ ready: 500, nodes: 50, freeSlots: 3 }));
  });

  test('are no more when ten times as many execute', () => {
    expect(looksOf({ ready: 500, nodes: 500, freeSlots: 3 })).toBe(looksOf({ ready: 500, nodes: 50, freeSlots: 3 }));
  });

  test('grow with the slots that became free: a few for each of them, and one for each shape', () => {
    const one = looksOf({ ready: 5_000, nodes: 200, freeSlots: 1 });
    const hundred = looksOf({ ready: 5_000, nodes: 200, freeSlots: 100 });
    expect(one).toBeLessThanOrEqual(30);
    expect(hundred - one).toBeLessThanOrEqual(99 * 5);
  });
});
