import { expect, test } from 'vitest';
import type { Run } from '../model/run.ts';
import { planTick } from './plan-tick.ts';
import { queuesOf } from './shape-queues.ts';
import { builtAtMs, world } from './snapshot-builder.ts';

const nodes = 1_000;
const slots = 4;

/** 100 000 ready runs of 50 shapes, 1 000 nodes of which every `freeEvery`th has one free slot, 200 nodes pending. */
function bigSnapshot(freeEvery: number) {
  const built = world().cluster('c', { maxAllocations: nodes + 400, nodeResources: { slots, mem: 100 } });
  for (let i = 0; i < nodes; i += 1) {
    const occupants = Array.from({ length: slots }, (_, slot) => (slot === 0 && i % freeEvery === 0 ? null : `on-${i}-${slot}`));
    built.node(`n${String(i).padStart(4, '0')}`, occupants, { resources: { slots, mem: 100 } });
  }
  for (let i = 0; i < 200; i += 1) built.pending(`p${String(i).padStart(4, '0')}`);
  const template = built.ready('template').snapshot();
  const run = template.run('e@template');
  if (run === undefined) throw new Error('the template run is missing');
  const ready: Run[] = [];
  for (let i = 0; i < 100_000; i += 1) {
    const resources = [{ slots: 1 }, { slots: 2 }, { slots: 3 }, { slots: 1, mem: 10 }, { slots: 1, mem: 30 }][Math.floor(i / 10) % 5] ?? { slots: 1 };
    const definition = { ...run.definition, priority: i % 5, resources, clusters: i % 2 === 0 ? ['c'] : ['c', 'd'] };
    ready.push({ ...run, id: `e@r${i}`, experimentOrder: i % 7, definition });
  }
  const queues = queuesOf(ready);
  const allocations = new Map(template.allocations.map((allocation) => [allocation.id, allocation]));
  return { ...template, readyShapes: queues, readyCount: ready.length, allocation: (id: string) => allocations.get(id) };
}

/** The goal is 50 ms on a quiet machine; the gate leaves room for a busy one. */
const goalMs = 50;
const gateMs = 5 * goalMs;

test.each([
  ['a few nodes have a free slot', 50],
  ['every node has a free slot', 1],
])('a tick over 100 000 ready runs and 1 000 nodes is quick when %s', (name, freeEvery) => {
  const snapshot = bigSnapshot(freeEvery);
  expect(snapshot.readyShapes).toHaveLength(50);
  const tookMs: number[] = [];
  for (let i = 0; i < 120; i += 1) {
    const beganMs = performance.now();
    planTick(snapshot, builtAtMs);
    tookMs.push(performance.now() - beganMs);
  }
  const sorted = tookMs.slice(20).sort((a, b) => a - b);
  const p99Ms = sorted[Math.floor(sorted.length * 0.99)] ?? Number.POSITIVE_INFINITY;
  console.log(`tick, ${name}: ${snapshot.readyShapes.length} shapes, median ${sorted[50]?.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms (goal ${goalMs})`);
  expect(p99Ms).toBeLessThan(gateMs);
});
