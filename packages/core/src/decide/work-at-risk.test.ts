import { expect, test } from 'vitest';
import type { CheckpointContract } from '../model/definition.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { builtAtMs, world } from './snapshot-builder.ts';
import { nodeHoursAtRisk } from './work-at-risk.ts';

/** A run that has one of four slots for an hour, and last saved itself `savedAgoMs` ago. */
function atRisk(checkpoint: CheckpointContract, savedAgoMs: number | null): number {
  const built = world().cluster('c').node('n1', ['r1', null, null, null], {}, { checkpoint }).snapshot();
  const seen =
    savedAgoMs === null
      ? undefined
      : { attempt: 1, progress: null, progressText: null, checkpointAtMs: builtAtMs - savedAgoMs, fileChangedAtMs: null };
  const snapshot: Snapshot = { ...built, allocation: (id) => built.allocation(id), run: (id) => built.run(id), observation: () => seen };
  const run = built.run('e@r1');
  return run === undefined ? NaN : nodeHoursAtRisk(snapshot, run, builtAtMs);
}

const minute = 60_000;

test.each<[string, CheckpointContract, number | null, number]>([
  ['cannot resume: all of its work', { kind: 'none' }, 6 * minute, 0.25],
  ['resumes from a checkpoint that was seen: the time since', { kind: 'assumed' }, 6 * minute, 0.025],
  ['is assumed to resume, and nothing was seen: all of its work', { kind: 'assumed' }, null, 0.25],
  ['saves itself every ten minutes: at most that', { kind: 'every', everyMs: 10 * minute }, null, 10 / 60 / 4],
  ['saves itself when it is asked: nothing', { kind: 'signal', signal: 'USR1', graceMs: minute, exitCode: 85 }, null, 0],
])('a stop costs a run that %s', (_, checkpoint, savedAgoMs, nodeHours) => {
  expect(atRisk(checkpoint, savedAgoMs)).toBeCloseTo(nodeHours, 6);
});
