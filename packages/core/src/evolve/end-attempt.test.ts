import { describe, expect, test } from 'vitest';
import type { CheckpointContract } from '../model/definition.ts';
import { world } from '../decide/snapshot-builder.ts';
import { endAttempt } from './end-attempt.ts';

const hour = 3_600_000;

/** What becomes of a run that the end of its node stopped after `spentMs`, on an allocation of 24 hours. */
function cutShort(spentMs: number, checkpoint: CheckpointContract, walltimeMs: number | null = 24 * hour) {
  const run = world().cluster('c').node('n1', ['r'], {}, { checkpoint }).snapshot().run('e@r')!;
  const outcome = { kind: 'signal', exitCode: null, signal: 'SIGTERM', stopCause: 'walltime', startedAtMs: 0, endedAtMs: spentMs, checkpointAtMs: null, progress: null, detail: 'stopped' } as const;
  const { status, reason, detail } = endAttempt(run, outcome, undefined, spentMs, walltimeMs);
  return { status, reason, detail };
}

describe('a run that cannot resume and whose time nobody knows', () => {
  test('has failed when it had a whole walltime', () => {
    expect(cutShort(23.9 * hour, { kind: 'none' })).toEqual({ status: 'failed', reason: 'no-progress', detail: 'it needs more than 23 h 54 min and cannot resume; 23 h 54 min were lost' });
    expect(cutShort(hour, { kind: 'none' }, null).status).toBe('failed');
  });

  test('waits for another node when it had begun on one that was near its end', () => {
    expect(cutShort(hour, { kind: 'none' })).toMatchObject({ status: 'ready', reason: 'walltime' });
    expect(cutShort(hour, { kind: 'undeclared' })).toMatchObject({ status: 'ready', reason: 'walltime' });
  });
});
