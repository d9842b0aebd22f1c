import { describe, expect, it } from 'vitest';
import { remainingTime } from './remaining-time.ts';

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
