import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AttemptOutcome } from '../model/run.ts';
import type { SlotSegment } from '../model/node-timeline.ts';
import { attemptRowOf } from './run-samples.ts';
import { drawnTogether, segmentsOfAttempt } from './slot-segments.ts';

const question = { nodes: ['local-1'], fromMs: 0, toMs: 100_000, bucketMs: 100, nowMs: 50_000 };
const outcome: AttemptOutcome = {
  kind: 'exit',
  exitCode: 0,
  signal: null,
  stopCause: null,
  startedAtMs: 1_100,
  endedAtMs: 9_000,
  checkpointAtMs: null,
  progress: null,
  detail: '',
};

function uses(changes: Partial<AttemptOutcome> | null, endedAtMs: number | null = 9_000): readonly unknown[] {
  const row = { ...attemptRowOf('sweep@a', 1), endedAtMs, outcome: changes === null ? null : { ...outcome, ...changes } };
  return segmentsOfAttempt(row, question).map(({ fromMs, toMs, use }) => [use, fromMs, toMs]);
}

describe('the time of an attempt', () => {
  test('that finished is useful', () => {
    expect(uses({})).toEqual([['useful', 1_100, 9_000]]);
  });

  test('that failed or was lost is told apart', () => {
    expect(uses({ exitCode: 1 })).toEqual([['failed', 1_100, 9_000]]);
    expect(uses({ kind: 'lost', exitCode: null })).toEqual([['redone', 1_100, 9_000]]);
  });

  test('that was stopped is useful up to its checkpoint, and redone after it', () => {
    expect(uses({ stopCause: 'consolidation', checkpointAtMs: 8_000 })).toEqual([
      ['useful', 1_100, 8_000],
      ['redone', 8_000, 9_000],
    ]);
  });

  test('that was moved says so at its end', () => {
    const row = {
      ...attemptRowOf('sweep@a', 1),
      endedAtMs: 9_000,
      outcome: { ...outcome, stopCause: 'consolidation', checkpointAtMs: 8_000 } as const,
    };
    expect(segmentsOfAttempt(row, question).map(({ isMoved }) => isMoved)).toEqual([false, true]);
  });

  test('that executes goes up to now', () => {
    expect(uses(null, null)).toEqual([['open', 1_100, 50_000]]);
  });

  test('is cut where the question begins and ends', () => {
    const row = { ...attemptRowOf('sweep@a', 1), slots: [1, 2], endedAtMs: 9_000, outcome };
    expect(
      segmentsOfAttempt(row, { ...question, fromMs: 2_000, toMs: 3_000 }).map(({ slot, fromMs, toMs }) => [slot, fromMs, toMs]),
    ).toEqual([
      [1, 2_000, 3_000],
      [2, 2_000, 3_000],
    ]);
  });
});

describe('what is drawn together', () => {
  const segment = (fromMs: number, toMs: number, run = `s@r${fromMs}`): SlotSegment => ({
    node: 'n',
    slot: 0,
    fromMs,
    toMs,
    use: 'useful',
    run,
    runs: 1,
    isMoved: false,
  });

  test('are short runs one after the other', () => {
    expect(drawnTogether([segment(50, 90), segment(0, 40), segment(95, 140)], 100)).toEqual([
      { ...segment(0, 140, 's@r0'), run: null, runs: 3 },
    ]);
  });

  test('are not long runs, nor other slots', () => {
    const far = { ...segment(0, 50), slot: 1 };
    expect(drawnTogether([segment(0, 500), segment(500, 900), far], 100)).toHaveLength(3);
  });

  test('no slot has more than two segments for each bucket, and no run is lost', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(20), fc.integer({ min: 1, max: 300 })), { maxLength: 200 }), (steps) => {
        let atMs = 0;
        const segments = steps.map(([gapMs, lengthMs]) => {
          const fromMs = atMs + gapMs;
          atMs = fromMs + lengthMs;
          return segment(fromMs, atMs);
        });
        const drawn = drawnTogether(segments, 100);
        expect(drawn.length).toBeLessThanOrEqual(2 * (Math.ceil(atMs / 100) + 1));
        expect(drawn.reduce((sum, { runs }) => sum + runs, 0)).toBe(segments.length);
      }),
    );
  });
});
