import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PlanMemory } from '../model/plan.ts';
import { checkPlan } from './check-plan.ts';
import { planTick } from './plan-tick.ts';
import { builtAtMs, world } from './snapshot-builder.ts';
import { decideTimes } from './times.ts';

/** Small worlds with known times, in which every schedule can be tried: up to 4 nodes of 3 slots and 6 runs. */
const slotsPerNode = 3;
const minute = 60_000;
/** What a run does again that saves itself on request. */
const lossMinutes = decideTimes.restartMs / minute;
const times = fc.constantFrom(10, 25, 60, 90, 240, 600);
const paid: PlanMemory = { surplusSince: {}, surplusNodes: { c: { costNodeMs: 3_600_000, nodes: 1, atMs: builtAtMs } } };

/** The minutes that each run on a node still needs. */
type Nodes = readonly (readonly number[])[];

function billOf(nodes: Nodes): number {
  return nodes.reduce((sum, left) => sum + Math.max(0, ...left), 0);
}

/** Every way to put these runs into free slots of the other nodes, as the nodes after it. */
function* waysToMove(nodes: Nodes, from: number, runs: readonly number[]): Iterable<Nodes> {
  const [run, ...rest] = runs;
  if (run === undefined) {
    yield nodes;
    return;
  }
  for (const [to, left] of nodes.entries()) {
    if (to === from || left.length === 0 || left.length >= slotsPerNode) continue;
    yield* waysToMove(
      nodes.map((other, i) => (i === to ? [...other, run + lossMinutes] : other)),
      from,
      rest,
    );
  }
}

/** The least that is billed after some of the runs of one node (by their places on it) have moved; null when they have no room. */
function billAfter(nodes: Nodes, from: number, places: readonly number[]): number | null {
  const source = nodes[from] ?? [];
  const without = nodes.map((left, i) => (i === from ? source.filter((_, place) => !places.includes(place)) : left));
  let least: number | null = null;
  for (const way of waysToMove(
    without,
    from,
    places.map((place) => source[place] ?? 0),
  ))
    least = Math.min(least ?? Number.POSITIVE_INFINITY, billOf(way));
  return least;
}

function subsets(count: number): readonly (readonly number[])[] {
  return Array.from({ length: 2 ** count - 1 }, (_, bits) =>
    Array.from({ length: count }, (__, place) => place).filter((place) => ((bits + 1) >> place) & 1),
  );
}

function planOf(nodes: Nodes, memory?: PlanMemory) {
  const built = world().cluster('c', { slots: slotsPerNode });
  for (const [i, left] of nodes.entries()) {
    built.node(
      `n${i}`,
      Array.from({ length: slotsPerNode }, (_, place) => (left[place] === undefined ? null : `r${i}-${place}`)),
      {},
      { checkpoint: { kind: 'signal', signal: 'USR1', graceMs: 1_000, exitCode: 85 } },
    );
    for (const [place, minutes] of left.entries()) built.takes(`r${i}-${place}`, (60 + minutes) * minute);
  }
  const snapshot = built.snapshot();
  const plan = planTick(snapshot, builtAtMs, memory);
  expect(checkPlan(snapshot, plan, builtAtMs)).toEqual([]);
  return plan;
}

/** The move of a plan: from which node, and which places on it. */
function moveOf(plan: ReturnType<typeof planOf>): { readonly from: number; readonly places: readonly number[] } | null {
  const [first] = plan.drains;
  return first === undefined ? null : { from: Number(first.node.slice(1)), places: plan.stops.map(({ run }) => Number(run.split('-')[1])) };
}

const someNodes = fc
  .array(fc.array(times, { minLength: 1, maxLength: 2 }), { minLength: 2, maxLength: 4 })
  .filter((nodes) => nodes.flat().length <= 6);

describe('when all times are known, of all moves of runs of one node to free slots of others', () => {
  test('none is made that does not save by the best way to seat its runs, nor, before the surplus is paid for, one clearly below the best of those that save half of a node', () => {
    let made = 0;
    fc.assert(
      fc.property(someNodes, fc.boolean(), (nodes, isPaid) => {
        const move = moveOf(planOf(nodes, isPaid ? paid : undefined));
        if (move === null) return;
        made += 1;
        const keepMinutes = billOf(nodes);
        const gain = keepMinutes - (billAfter(nodes, move.from, move.places) ?? Number.POSITIVE_INFINITY);
        expect(gain).toBeGreaterThanOrEqual(0);
        if (isPaid) return;
        const gains = nodes.flatMap((left, from) =>
          subsets(left.length).map((places) => ({
            gain: keepMinutes - (billAfter(nodes, from, places) ?? keepMinutes),
            life: Math.max(...left),
          })),
        );
        const best = Math.max(
          0,
          ...gains.filter((other) => other.gain >= decideTimes.knownGainShare * other.life).map((other) => other.gain),
        );
        expect(gain).toBeGreaterThan(0);
        expect(gain).toBeGreaterThanOrEqual(0.8 * best);
      }),
      { numRuns: 1_000 },
    );
    expect(made).toBeGreaterThan(100);
  });

  test('one is made whenever some way to empty or to shorten a node saves well over half of what it would still live', () => {
    let worthIt = 0;
    fc.assert(
      fc.property(someNodes, (nodes) => {
        const keepMinutes = billOf(nodes);
        const isWorthIt = nodes.some((left, from) =>
          subsets(left.length).some(
            (places) => keepMinutes - (billAfter(nodes, from, places) ?? keepMinutes) > 0.5 * Math.max(...left) + 1,
          ),
        );
        if (isWorthIt) worthIt += 1;
        if (isWorthIt) expect(moveOf(planOf(nodes))).not.toBeNull();
      }),
      { numRuns: 1_000 },
    );
    expect(worthIt).toBeGreaterThan(100);
  });
});

/** The end and the bill of these runs on so many nodes, each in its turn on the slot that is free first. */
function listSchedule(minutes: readonly number[], nodes: number): { readonly end: number; readonly bill: number } {
  const free = Array.from({ length: nodes }, () => new Array<number>(slotsPerNode).fill(0));
  for (const time of [...minutes].sort((a, b) => b - a)) {
    const slots = free.reduce((first, other) => (Math.min(...other) < Math.min(...first) ? other : first));
    slots[slots.indexOf(Math.min(...slots))] = Math.min(...slots) + time;
  }
  return { end: Math.max(...free.flat()), bill: billOf(free) };
}

/** The earliest end of any assignment of these runs to so many slots. */
function earliestEnd(minutes: readonly number[], slots: number, loads: readonly number[] = []): number {
  const [time, ...rest] = minutes;
  if (time === undefined) return Math.max(0, ...loads);
  const opened = loads.length < slots ? [[...loads, time]] : [];
  return Math.min(
    ...[...loads.keys()]
      .map((at) => loads.map((load, i) => (i === at ? load + time : load)))
      .concat(opened)
      .map((next) => earliestEnd(rest, slots, next)),
  );
}

describe('demand for runs of known times', () => {
  test('is the fewest nodes on which longest first ends no later than on a node for every three runs, when runs can move', () => {
    fc.assert(
      fc.property(fc.array(times, { minLength: 1, maxLength: 9 }), (minutes) => {
        const built = world().cluster('c', { slots: slotsPerNode });
        for (const [i, time] of minutes.entries()) built.ready(`w${i}`, { timeMs: time * minute, checkpoint: { kind: 'assumed' } });
        const most = Math.ceil(minutes.length / slotsPerNode);
        const latest = listSchedule(minutes, most).end + decideTimes.makespanSlackMs / minute + 0.005 * listSchedule(minutes, most).end;
        const fewest = Array.from({ length: most }, (_, i) => i + 1).find((count) => listSchedule(minutes, count).end <= latest);
        expect(planTick(built.snapshot(), builtAtMs).requests).toMatchObject([{ count: fewest }]);
      }),
      { numRuns: 500 },
    );
  });

  test('ends by at most a third later on its nodes than the best schedule that there is on them', () => {
    fc.assert(
      fc.property(fc.array(times, { minLength: 1, maxLength: 6 }), (minutes) => {
        const built = world().cluster('c', { slots: slotsPerNode });
        for (const [i, time] of minutes.entries()) built.ready(`w${i}`, { timeMs: time * minute, checkpoint: { kind: 'none' } });
        const count = planTick(built.snapshot(), builtAtMs).requests[0]?.count ?? 0;
        expect(listSchedule(minutes, count).end).toBeLessThanOrEqual((4 / 3) * earliestEnd(minutes, count * slotsPerNode));
      }),
      { numRuns: 300 },
    );
  });
});
