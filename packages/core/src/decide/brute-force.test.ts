import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PlanMemory } from '../model/plan.ts';
import { planTick } from './plan-tick.ts';
import { builtAtMs, world } from './snapshot-builder.ts';

/** Small worlds, in which everything that is possible can be tried: up to 4 nodes of 3 slots and 6 runs. */
const slotsPerNode = 3;

/** Can all of these sizes be put into these gaps, each into one? Tries every way. */
function fits(sizes: readonly number[], gaps: readonly number[]): boolean {
  const [first, ...rest] = sizes;
  if (first === undefined) return true;
  return gaps.some(
    (gap, i) =>
      gap >= first &&
      fits(
        rest,
        gaps.map((other, j) => (i === j ? other - first : other)),
      ),
  );
}

/** The fewest nodes that can hold these sizes. */
function fewestNodesFor(sizes: readonly number[]): number {
  for (let count = 0; ; count += 1) if (fits(sizes, new Array<number>(count).fill(slotsPerNode))) return count;
}

/** The most slots of these gaps that these sizes can take. Tries every way. */
function mostSlots(sizes: readonly number[], gaps: readonly number[]): number {
  const [first, ...rest] = sizes;
  if (first === undefined) return 0;
  const placed = gaps.map((gap, i) =>
    gap < first
      ? 0
      : first +
        mostSlots(
          rest,
          gaps.map((other, j) => (i === j ? other - first : other)),
        ),
  );
  return Math.max(mostSlots(rest, gaps), ...placed);
}

const sizesOfNode = fc.constantFrom<readonly number[]>([], [1], [2], [1, 1], [3], [1, 2], [1, 1, 1]);
const paid: PlanMemory = { surplusSince: {}, surplusNodes: { c: { costNodeMs: 3_600_000, nodes: 1, atMs: builtAtMs } } };

function worldOf(nodes: readonly (readonly number[])[]) {
  const built = world().cluster('c', { slots: slotsPerNode });
  nodes.forEach((sizes, i) => {
    const occupants = sizes.flatMap((size, j) => new Array<string | null>(size).fill(`r${i}-${j}`));
    built.node(
      `n${i}`,
      [...occupants, ...new Array<null>(slotsPerNode - occupants.length).fill(null)],
      {},
      { checkpoint: { kind: 'assumed' } },
    );
  });
  return built;
}

describe('in small worlds', () => {
  test('a node is emptied if and only if one can be emptied into the gaps of the others and there are more nodes than needed', () => {
    fc.assert(
      fc.property(fc.array(sizesOfNode, { minLength: 1, maxLength: 4 }), (all) => {
        const nodes = all.filter((sizes) => sizes.length > 0);
        const taken = nodes.flat().reduce((sum, size) => sum + size, 0);
        const hasSurplus = nodes.length > Math.ceil(taken / slotsPerNode);
        const gaps = nodes.map((sizes) => slotsPerNode - sizes.reduce((sum, size) => sum + size, 0));
        const isPossible = nodes.some((sizes, i) =>
          fits(
            sizes,
            gaps.filter((_, j) => j !== i),
          ),
        );
        const plan = planTick(worldOf(nodes).snapshot(), builtAtMs, paid);
        expect(plan.drains.length === 1).toBe(hasSurplus && isPossible);
      }),
      { numRuns: 500 },
    );
  });

  test('single-slot runs start in as many free slots as there are', () => {
    fc.assert(
      fc.property(fc.array(sizesOfNode, { maxLength: 4 }), fc.integer({ min: 0, max: 6 }), (nodes, ready) => {
        const built = worldOf(nodes);
        for (let i = 0; i < ready; i += 1) built.ready(`w${i}`);
        const free = nodes.reduce((sum, sizes) => sum + slotsPerNode - sizes.reduce((taken, size) => taken + size, 0), 0);
        expect(planTick(built.snapshot(), builtAtMs).placements).toHaveLength(Math.min(ready, free));
      }),
    );
  });

  test('runs of one to three slots take all but at most one slot of what the best seating of them takes, and leave none that fits', () => {
    fc.assert(
      fc.property(fc.array(sizesOfNode, { maxLength: 4 }), fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 6 }), (nodes, sizes) => {
        const built = worldOf(nodes).cluster('c', { slots: slotsPerNode, maxAllocations: 1 });
        sizes.forEach((slots, i) => built.ready(`w${i}`, { slots, timeMs: slots * 60_000 }));
        const placements = planTick(built.snapshot(), builtAtMs).placements;
        const gaps = nodes.map((taken) => slotsPerNode - taken.reduce((sum, size) => sum + size, 0));
        const left = gaps.map(
          (gap, i) => gap - placements.filter(({ node }) => node === `n${i}`).reduce((sum, { slots }) => sum + slots.length, 0),
        );
        const placed = placements.reduce((sum, { slots }) => sum + slots.length, 0);
        const reserved = Math.max(0, ...left);
        expect(placed).toBeGreaterThanOrEqual(mostSlots(sizes, gaps) - Math.max(1, reserved));
        const waiting = sizes.filter((_, i) => !placements.some(({ run }) => run === `e@w${i}`));
        const isReserved = waiting.some((size) => size > 1);
        if (!isReserved) expect(waiting.every((size) => left.every((gap) => gap < size))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('demand for runs of one to three slots is at most one node above the fewest that can hold them', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 6 }), (sizes) => {
        const built = world().cluster('c', { slots: slotsPerNode });
        sizes.forEach((slots, i) => built.ready(`w${i}`, { slots }));
        const requested = planTick(built.snapshot(), builtAtMs).requests.reduce((sum, demand) => sum + demand.count, 0);
        expect(requested).toBeGreaterThanOrEqual(fewestNodesFor(sizes));
        expect(requested).toBeLessThanOrEqual(fewestNodesFor(sizes) + 1);
      }),
      { numRuns: 500 },
    );
  });
});
