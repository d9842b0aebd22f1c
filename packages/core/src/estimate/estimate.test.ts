import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EstimateQuestion } from './estimate.ts';
import type { WorkGroup } from './work-to-do.ts';
import { planTick } from '../decide/plan-tick.ts';
import { sampleCluster, sampleRunDefinition } from '../model/samples.ts';
import { Random } from '../simulate/random.ts';
import { simulate } from '../simulate/simulate.ts';
import { estimate } from './estimate.ts';
import { GroupTimes } from './group-times.ts';

const hour = 3_600_000;

function group(traits: Partial<WorkGroup> = {}): WorkGroup {
  const ms = traits.ms ?? hour;
  return {
    experiment: 'sweep',
    experimentOrder: 1,
    priority: 0,
    resources: { slots: 1 },
    checkpoint: { kind: 'undeclared' },
    source: 'declared',
    share: 1 / 4,
    runs: 1,
    ms,
    upperMs: ms,
    ...traits,
  };
}

function ask(groups: readonly WorkGroup[], traits: Partial<EstimateQuestion> = {}): ReturnType<typeof estimate> {
  return estimate({ cluster: sampleCluster({ maxAllocations: 100 }), groups, startUpMs: 0, declaredError: 0, ...traits });
}

function hours(...counts: readonly number[]): WorkGroup[] {
  return counts.map((count) => group({ ms: count * hour }));
}

test('cost and time are told for 1, 2, 4 and the most nodes, of which no more are used than end the work sooner', () => {
  const { points, lowerBoundNodeMs } = ask([group({ runs: 24 })]);
  expect(points.map(({ nodes, makespanMs, billedNodeMs }) => [nodes, makespanMs.likely / hour, billedNodeMs.likely / hour])).toEqual([
    [1, 6, 6],
    [2, 3, 6],
    [3, 2, 6],
    [6, 1, 6],
  ]);
  expect(lowerBoundNodeMs).toBe(6 * hour);
});

test('more nodes than the decisions would request are not told of: short runs follow each other beside a long one', () => {
  const { points } = ask(hours(8, ...new Array<number>(20).fill(1)).map((one) => ({ ...one, checkpoint: { kind: 'assumed' } as const })));
  expect(points.map(({ nodes }) => nodes)).toEqual([1]);
  expect(points.at(-1)?.makespanMs.likely).toBe(8 * hour);
});

test('the knee is where a further doubling costs more than it saves', () => {
  const dear = ask(hours(8, 8, 8, 8, 5, 1, 1, 1), { startUpMs: 8 * hour });
  expect(dear.points.map(({ nodes }) => nodes)).toEqual([1, 2]);
  expect(dear.knee?.nodes).toBe(1);
  expect(ask([group({ runs: 16 })]).knee?.nodes).toBe(4);
});

test('start-up is paid on every node; runs of several slots lie beside nobody', () => {
  const wide = group({ runs: 2, resources: { slots: 4 }, share: 1 });
  expect(ask([wide], { startUpMs: 60_000 }).points).toMatchObject([
    { nodes: 1, makespanMs: { likely: 2 * hour + 60_000 }, billedNodeMs: { likely: 2 * hour + 60_000 } },
    { nodes: 2, makespanMs: { likely: hour + 60_000 }, billedNodeMs: { likely: 2 * (hour + 60_000) } },
  ]);
  expect(ask([])).toEqual({ points: [], knee: null, lowerBoundNodeMs: 0 });
});

test('runs that resume are moved together as they would be, and the bill has what that saves', () => {
  const sweep = group({ runs: 32, source: 'learned', ms: 3 * hour, upperMs: 10 * hour });
  const kept = ask([sweep]).points.at(-1);
  const moved = ask([{ ...sweep, checkpoint: { kind: 'every', everyMs: 600_000 } }]).points.at(-1);
  expect(kept).toMatchObject({ nodes: 8, moves: 0 });
  expect(moved).toMatchObject({ nodes: 8 });
  expect(moved?.moves).toBeGreaterThan(0);
  expect(moved?.billedNodeMs.likely).toBeLessThan(0.8 * (kept?.billedNodeMs.likely ?? 0));
});

test('learned times have a range, and declared ones where those proved wrong; equal questions have equal answers', () => {
  const learned = ask([group({ runs: 40, source: 'learned', ms: hour, upperMs: 3 * hour })]);
  for (const { makespanMs, billedNodeMs } of learned.points) {
    expect(makespanMs.low).toBeLessThan(makespanMs.likely);
    expect(makespanMs.likely).toBeLessThan(makespanMs.high);
    expect(billedNodeMs.low).toBeLessThan(billedNodeMs.high);
  }
  expect(ask([group({ runs: 40, source: 'learned', ms: hour, upperMs: 3 * hour })])).toEqual(learned);
  expect(ask([group({ runs: 40 })]).points.every(({ makespanMs: { low, high } }) => low === high)).toBe(true);
  expect(ask([group({ runs: 40 })], { declaredError: 0.3 }).points.every(({ makespanMs: { low, high } }) => low < high)).toBe(true);
});

test('with a walltime each allocation pays its start-up, and runs that cannot end in one are told of', () => {
  const cluster = sampleCluster({ maxAllocations: 4, walltimeMs: 4 * hour });
  const [one] = ask([group({ runs: 40 })], { cluster, startUpMs: 60_000 }).points;
  expect(one?.billedNodeMs.likely).toBeGreaterThan(10 * hour + 3 * 60_000);
  const tooLong = ask([group({ runs: 8, ms: 6 * hour, source: 'assumed', checkpoint: { kind: 'none' } })], { cluster });
  expect(tooLong.points.at(-1)?.failedRuns).toBe(8);
});

test('no bill is below the lower bound, and twice the nodes never take longer by more than the longest run', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 60, max: 6_000 }), { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 5 }),
      (seconds, slotsPerNode) => {
        const groups = seconds.map((s) => group({ ms: s * 1_000, share: 1 / slotsPerNode }));
        const { points, lowerBoundNodeMs } = estimate({ cluster: sampleCluster({ slotsPerNode }), groups, startUpMs: 0, declaredError: 0 });
        const longestMs = Math.max(...seconds) * 1_000;
        points.forEach(({ billedNodeMs, makespanMs }, index) => {
          expect(billedNodeMs.likely).toBeGreaterThanOrEqual(lowerBoundNodeMs - 1);
          expect(makespanMs.likely).toBeGreaterThanOrEqual(longestMs);
          expect(makespanMs.likely).toBeLessThanOrEqual((points[index - 1]?.makespanMs.likely ?? Number.POSITIVE_INFINITY) + longestMs);
        });
      },
    ),
    { numRuns: 40 },
  );
});

test.each([
  ['told', group({ runs: 3_000, ms: hour })],
  ['learned', group({ runs: 600, source: 'learned', upperMs: 2 * hour })],
])('what a sample says of many runs of %s time is what all of them would cost and take', (_, many) => {
  const sampled = ask([many], { cluster: sampleCluster({ maxAllocations: 32 }), startUpMs: 60_000 });
  const all = simulateAll(many, 32);
  const point = sampled.points.at(-1);
  expect(point?.nodes).toBe(32);
  expect(all.makespanMs).toBeGreaterThan(0.9 * (point?.makespanMs.low ?? 0));
  expect(all.makespanMs).toBeLessThan(1.1 * (point?.makespanMs.high ?? 0));
  expect(Math.abs((point?.billedNodeMs.likely ?? 0) / all.billedMs - 1)).toBeLessThan(0.05);
});

function simulateAll(many: WorkGroup, nodes: number) {
  const random = new Random(77);
  const times = new GroupTimes(0);
  const runs = Array.from({ length: many.runs }, (_, index) => ({
    experiment: 'sweep',
    definition: sampleRunDefinition(`r${String(index).padStart(6, '0')}`, { timeMs: many.source === 'declared' ? many.ms : null }),
    learned: null,
    durationMs: Math.round(times.drawMs(many, random)),
    checkpointMs: null,
    arrivesAtMs: 0,
  }));
  return simulate(
    {
      runs,
      cluster: sampleCluster({ maxAllocations: nodes }),
      declaredError: null,
      queueWaitMs: () => 0,
      startUpMs: 60_000,
      restartMs: 60_000,
      nodeDiesAfterMs: () => null,
    },
    planTick,
  );
}
