import { describe, expect, test } from 'vitest';
import { checkPlan } from './check-plan.ts';
import { planTick } from './plan-tick.ts';
import { builtAtMs, type RunTraits, world } from './snapshot-builder.ts';
import { staggeredWalltimes } from './stagger-walltimes.ts';

const minute = 60_000;
const hour = 60 * minute;

/** Walltimes of the nodes that are requested for 16 runs like this, on nodes of four slots. */
function walltimes(traits: RunTraits, walltimeMs: number | null = 24 * hour, ready = 16): readonly number[] | undefined {
  const built = world().cluster('c', { walltimeMs });
  for (let i = 0; i < ready; i += 1) built.ready(`r${i}`, traits);
  const snapshot = built.snapshot();
  const plan = planTick(snapshot, builtAtMs);
  expect(checkPlan(snapshot, plan, builtAtMs)).toEqual([]);
  expect(plan.requests).toMatchObject([{ count: Math.ceil(ready / 4) }]);
  return plan.requests[0]?.walltimesMs;
}

describe('nodes that are requested together', () => {
  test('end one by one: the first lives for the whole walltime, none for less than nine tenths, all in whole minutes', () => {
    const ends = walltimes({ checkpoint: { kind: 'assumed' } }) ?? [];
    expect(ends[0]).toBe(24 * hour);
    expect(new Set(ends).size).toBe(4);
    for (const ms of ends) {
      expect(ms).toBeGreaterThanOrEqual(0.9 * 24 * hour);
      expect(ms % minute).toBe(0);
    }
  });

  test('end far apart, however many there are', () => {
    const cluster = world()
      .cluster('c', { walltimeMs: 24 * hour })
      .snapshot()
      .clusters.get('c')!;
    const ends = [...(staggeredWalltimes(cluster, 3, 20, 0) ?? [])].sort((a, b) => a - b);
    const gaps = ends.slice(1).map((ms, i) => ms - (ends[i] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThan(0.25 * Math.max(...gaps));
  });

  test('all live for the whole walltime when a run of theirs cannot resume and nobody knows how long it takes', () => {
    expect(walltimes({ checkpoint: { kind: 'none' } })).toBeUndefined();
    expect(walltimes({ checkpoint: { kind: 'undeclared' } })).toBeUndefined();
  });

  test('live long enough for runs that are known to need nearly all of it, or little', () => {
    expect(walltimes({ checkpoint: { kind: 'none' }, timeMs: 23.9 * hour })).toBeUndefined();
    expect(walltimes({ checkpoint: { kind: 'none' }, timeMs: 22.5 * hour })?.every((ms) => ms >= 22.5 * hour)).toBe(true);
    expect(new Set(walltimes({ checkpoint: { kind: 'none' }, timeMs: 21 * hour })).size).toBe(4);
  });

  test('are not told apart when a tenth of the walltime is less than a node needs to come, when there is none, or only one', () => {
    const assumed = { checkpoint: { kind: 'assumed' } } as const;
    expect(walltimes(assumed, 15 * minute)).toBeUndefined();
    expect(walltimes(assumed, null)).toBeUndefined();
    expect(walltimes(assumed, 24 * hour, 4)).toBeUndefined();
  });
});
