import { describe, expect, test } from 'vitest';
import type { Snapshot } from '../model/snapshot.ts';
import { attemptTimeOf, remainingOf } from './predict.ts';
import { builtAtMs, world } from './snapshot-builder.ts';

const hour = 3_600_000;

/** A run that executes for an hour, with what is known of it. */
function executing(traits: { readonly timeMs?: number; readonly learnedMs?: number }, progress: number | null) {
  const snapshot = world().cluster('c').node('n1', ['r', null], {}, traits).snapshot();
  const observed: Snapshot = {
    ...snapshot,
    observation: () =>
      progress === null
        ? undefined
        : { attempt: snapshot.run('e@r')?.attempt ?? 0, progress, progressText: null, checkpointAtMs: null, fileChangedAtMs: null },
  };
  const run = snapshot.run('e@r');
  return run === undefined ? null : remainingOf(observed, run, builtAtMs);
}

describe('how much longer a run takes is known', () => {
  test('by what its definition declares, before all else', () => {
    expect(executing({ timeMs: 3 * hour, learnedMs: 9 * hour }, 0.5)).toMatchObject({ ms: 2 * hour, source: 'declared' });
  });

  test('else by the progress that it reports: the age times what is left over what is done', () => {
    expect(executing({ learnedMs: 9 * hour }, 0.25)).toMatchObject({ ms: 3 * hour, source: 'progress' });
    expect(executing({}, 0.8)?.ms).toBeCloseTo(hour / 4, 0);
  });

  test('else by what runs like it took; progress that says too little counts for nothing', () => {
    expect(executing({ learnedMs: 9 * hour }, null)).toMatchObject({ ms: 8 * hour, source: 'learned' });
    expect(executing({ learnedMs: 9 * hour }, 0.01)).toMatchObject({ ms: 8 * hour, source: 'learned' });
  });

  test('not at all when nothing is told, nor when the time that was told is over', () => {
    expect(executing({}, null)).toBeNull();
    expect(executing({ timeMs: hour / 2 }, null)).toBeNull();
  });
});

test('an attempt that goes on from a checkpoint takes what is left and a restart', () => {
  const outcome = {
    kind: 'signal',
    exitCode: null,
    signal: 'SIGTERM',
    stopCause: 'consolidation',
    startedAtMs: 0,
    endedAtMs: 2 * hour,
    checkpointAtMs: hour,
    progress: null,
    detail: '',
  } as const;
  const snapshot = world()
    .cluster('c')
    .ready('r', { timeMs: 4 * hour, attempt: 1, outcome, checkpoint: { kind: 'assumed' } })
    .ready('fresh', { timeMs: 4 * hour, attempt: 1, outcome, checkpoint: { kind: 'none' } })
    .snapshot();
  const timeOf = (id: string) => {
    const run = snapshot.run(id);
    return run === undefined ? null : attemptTimeOf(snapshot, run)?.ms;
  };
  expect(timeOf('e@r')).toBe(3 * hour + 60_000);
  expect(timeOf('e@fresh')).toBe(4 * hour);
});
