import { describe, expect, it } from 'vitest';
import { blamesHost, firstWord, jobPhase } from './job-states.ts';

describe('states of a job', () => {
  it.each([
    ['waiting', ['PENDING', 'RESV_DEL_HOLD']],
    ['running', ['RUNNING', 'CONFIGURING', 'COMPLETING', 'SUSPENDED', 'STOPPED', 'SIGNALING', 'RESIZING', 'STAGE_OUT']],
    ['requeued', ['REQUEUED', 'REQUEUE_HOLD', 'REQUEUE_FED', 'SPECIAL_EXIT', 'EXPEDITING']],
    [
      'ended',
      [
        'COMPLETED',
        'CANCELLED',
        'FAILED',
        'TIMEOUT',
        'DEADLINE',
        'NODE_FAIL',
        'BOOT_FAIL',
        'LAUNCH_FAILED',
        'OUT_OF_MEMORY',
        'PREEMPTED',
        'REVOKED',
      ],
    ],
  ] as const)('mean %s', (phase, states) => {
    for (const state of states) expect(jobPhase(state), state).toBe(phase);
  });

  it('are read without what sacct adds to them', () => {
    expect(firstWord('CANCELLED by 1000')).toBe('CANCELLED');
    expect(jobPhase('CANCELLED by 1000')).toBe('ended');
    expect(jobPhase('CANCELLED+')).toBe('ended');
  });

  it('that no version had so far mean nothing, so that the job is watched on', () => {
    expect(jobPhase('HIBERNATING')).toBeNull();
    expect(jobPhase('')).toBeNull();
  });

  it('speak against the host only when it was not the user, the time or another job', () => {
    expect(['FAILED', 'NODE_FAIL', 'BOOT_FAIL'].every(blamesHost)).toBe(true);
    expect(['COMPLETED', 'CANCELLED by 0', 'TIMEOUT', 'PREEMPTED'].some(blamesHost)).toBe(false);
  });
});
