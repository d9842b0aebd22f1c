import { describe, expect, test } from 'vitest';
import type { CheckpointContract } from '../model/definition.ts';
import { world } from '../decide/snapshot-builder.ts';
import { endAttempt } from './end-attempt.ts';

const hour = 3_600_000;

/** What becomes of a run that the end of its node stopped after `spentMs`, on an allocation of 24 hours. */
function cutShort(spentMs: number, checkpoint: CheckpointContract, walltimeMs: number | null = 24 * hour) {
  const run = world().cluster('c').node('n1', ['r'], {}, { checkpoint }).snapshot().run('e@r')!;
  const outcome = {
    kind: 'signal',
    exitCode: null,
    signal: 'SIGTERM',
    stopCause: 'walltime',
    startedAtMs: 0,
    endedAtMs: spentMs,
    checkpointAtMs: null,
    progress: null,
    detail: 'stopped',
  } as const;
  const { status, reason, detail } = endAttempt(run, outcome, undefined, spentMs, walltimeMs);
  return { status, reason, detail };
}

describe('a run that was killed for want of memory', () => {
  const outcome = {
    kind: 'out-of-memory',
    exitCode: null,
    signal: 'SIGKILL',
    stopCause: null,
    startedAtMs: 0,
    endedAtMs: hour,
    checkpointAtMs: null,
    progress: null,
    detail: 'killed',
  } as const;
  const run = world().cluster('c').node('n1', ['r']).snapshot().run('e@r')!;

  test('that another run of its node had taken is tried again, and uses up no retry', () => {
    expect(endAttempt(run, { ...outcome, isBystander: true }, undefined, hour, null)).toMatchObject({
      status: 'ready',
      reason: 'retry-delay',
      retriesUsed: 0,
      crashes: 1,
    });
    expect(endAttempt(run, outcome, undefined, hour, null)).toMatchObject({ status: 'failed', reason: 'out-of-memory', crashes: 0 });
  });

  test('is not tried again for ever', () => {
    expect(endAttempt({ ...run, crashes: 4 }, { ...outcome, isBystander: true }, undefined, hour, null)).toMatchObject({
      status: 'failed',
      reason: 'crash-limit',
      detail: '5 times its node failed it; killed',
    });
  });
});

describe('a run that cannot resume and whose time nobody knows', () => {
  test('has failed when it had a whole walltime', () => {
    expect(cutShort(23.9 * hour, { kind: 'none' })).toEqual({
      status: 'failed',
      reason: 'no-progress',
      detail: 'it needs more than 23 h 54 min and cannot resume; 23 h 54 min were lost',
    });
    expect(cutShort(hour, { kind: 'none' }, null).status).toBe('failed');
  });

  test('waits for another node when it had begun on one that was near its end', () => {
    expect(cutShort(hour, { kind: 'none' })).toMatchObject({ status: 'ready', reason: 'walltime' });
    expect(cutShort(hour, { kind: 'undeclared' })).toMatchObject({ status: 'ready', reason: 'walltime' });
  });
});
