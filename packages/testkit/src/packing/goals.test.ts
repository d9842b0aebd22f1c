import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { measure, ours, oursExperienced, slotsPerNode, startUpMs } from './measure.ts';
import { perfectMigrationMs } from './oracle.ts';
import { burstsOfTrace, lognormalBursts, paretoBursts } from './workloads.ts';

const trace = burstsOfTrace(readFileSync(new URL('../../data/metacentrum-2013-sweeps.json', import.meta.url), 'utf8'));
const kept = measure(trace, ours('off', 'unknown', null));

/** How much longer the sweeps take than when nothing is ever moved. */
function stretch(row: ReturnType<typeof measure>): number {
  return row.makespanSeconds / kept.makespanSeconds - 1;
}

describe('on 99 real sweeps', () => {
  test('without a move and without times the bill is that of any pilot that releases empty nodes', () => {
    expect(kept.efficiency).toBeCloseTo(0.824, 3);
    expect(kept.moves).toBe(0);
  });

  test('with unknown times and a checkpoint every 10 min, at least 92.4 % of the bill is unavoidable', () => {
    const row = measure(trace, ours('aggressive', 'unknown', 600));
    expect(row.efficiency).toBeGreaterThanOrEqual(0.924);
    expect(stretch(row)).toBeLessThanOrEqual(0.01);
    expect(row.moves).toBeLessThanOrEqual(1_670);
  });

  test('with a checkpoint every hour, at least 91.5 %', () => {
    const row = measure(trace, ours('aggressive', 'unknown', 3_600));
    expect(row.efficiency).toBeGreaterThanOrEqual(0.915);
    expect(stretch(row)).toBeLessThanOrEqual(0.025);
  });

  test('without any checkpoint no sweep costs more than 1 % above leaving all runs alone, and all together less', () => {
    let movedSeconds = 0;
    for (const burst of trace) {
      const alone = measure([burst], ours('off', 'unknown', null));
      const moved = measure([burst], ours('aggressive', 'unknown', null));
      movedSeconds += moved.billedSeconds;
      expect(moved.billedSeconds, burst.id).toBeLessThanOrEqual(1.01 * alone.billedSeconds);
    }
    expect(movedSeconds).toBeLessThanOrEqual(kept.billedSeconds);
    expect(kept.lowerBoundSeconds / movedSeconds).toBeGreaterThanOrEqual(0.824);
  });

  test('with declared times that are wrong by 30 %, at least 92.6 %', () => {
    expect(measure(trace, ours('aggressive', 'noisy', 600)).efficiency).toBeGreaterThanOrEqual(0.926);
  });

  test('and once earlier sweeps have shown that they are, at least 92.6 % while sweeps take at most 5 % longer', () => {
    const row = measure(trace, oursExperienced('aggressive', 600));
    expect(row.efficiency).toBeGreaterThanOrEqual(0.926);
    expect(stretch(row)).toBeLessThanOrEqual(0.05);
  });

  test('with exact times, at least 93.5 % without a move, and 94 % with moves', () => {
    const still = measure(trace, ours('off', 'exact', null));
    expect(still.efficiency).toBeGreaterThanOrEqual(0.935);
    expect(stretch(still)).toBeLessThanOrEqual(0.001);
    const moved = measure(trace, ours('aggressive', 'exact', 600));
    expect(moved.efficiency).toBeGreaterThanOrEqual(0.94);
    expect(stretch(moved)).toBeLessThanOrEqual(0.01);
  });
});

test('on wide spread times that are known, short runs follow each other beside the long ones: at least 93 %', () => {
  expect(measure(lognormalBursts(), ours('aggressive', 'exact', 600)).efficiency).toBeGreaterThanOrEqual(0.93);
}, 60_000);

test('on heavy tails of unknown length the bill is within 2 % of perfect migration without delay', () => {
  const bursts = paretoBursts();
  const perfectMs = bursts.reduce(
    (sum, burst) =>
      sum +
      perfectMigrationMs(
        burst.runs.map((run) => run.durationMs),
        slotsPerNode,
        startUpMs,
      ),
    0,
  );
  const row = measure(bursts, ours('aggressive', 'unknown', 600));
  expect(perfectMs / 1_000 / row.billedSeconds).toBeGreaterThanOrEqual(0.98);
}, 60_000);
