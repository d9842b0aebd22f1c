import { describe, expect, it } from 'vitest';
import { remainingTime, remainingTimeOfAll } from './remaining-time.ts';

const tenMinutes = { meanMs: 600_000, spreadMs: 60_000, count: 20 };

describe('the time until an experiment is done', () => {
  it('is the work that is left by as many runs at a time as now, give or take what runs differ', () => {
    const remaining = remainingTime({ ready: 36, running: 4 }, tenMinutes);
    expect(remaining?.likelyMs).toBe(9.5 * 600_000 + 300_000);
    expect(remaining?.lowMs).toBeGreaterThan(9 * 600_000);
    expect(remaining?.highMs).toBeLessThan(12 * 600_000);
  });

  it('is at most about one run when all that is left executes', () => {
    expect(remainingTime({ ready: 0, running: 8 }, tenMinutes)).toMatchObject({ likelyMs: 300_000 });
  });

  it.each([
    ['nothing runs', { ready: 5, running: 0 }, tenMinutes],
    ['nothing was learned', { ready: 5, running: 1 }, null],
    ['hardly anything was learned', { ready: 5, running: 1 }, { ...tenMinutes, count: 4 }],
  ])('is not told when %s', (_title, runs, learned) => {
    expect(remainingTime(runs, learned)).toBeNull();
  });
});

describe('the time until everything is done', () => {
  it('is that of the experiment, when there is one', () => {
    const counts = { ready: 36, running: 4 };
    expect(remainingTimeOfAll([{ counts, learned: tenMinutes }])).toEqual({
      time: remainingTime(counts, tenMinutes),
      runsOfUnknownTime: 0,
    });
  });

  it('adds up the work of experiments that share the nodes, and counts the runs of which nobody knows', () => {
    const all = remainingTimeOfAll([
      { counts: { ready: 10, running: 2 }, learned: tenMinutes },
      { counts: { ready: 4, running: 2 }, learned: { ...tenMinutes, meanMs: 1_200_000 } },
      { counts: { ready: 3, running: 1 }, learned: null },
      { counts: { ready: 0, running: 0 }, learned: null },
    ]);
    expect(all).toMatchObject({ time: { likelyMs: (11 * 600_000 + 5 * 1_200_000) / 4 + 600_000 }, runsOfUnknownTime: 4 });
  });

  it('is not told when nothing runs', () => {
    expect(remainingTimeOfAll([{ counts: { ready: 10, running: 0 }, learned: tenMinutes }])).toEqual({ time: null, runsOfUnknownTime: 0 });
  });
});
