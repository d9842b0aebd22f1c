import { describe, expect, it } from 'vitest';
import { billedTime } from './billed-time.ts';
import type { AccountedExecution } from './parse-sacct.ts';

const execution = (state: string, submitted: number, started: number | null, ended: number | null, nodes = 'n1'): AccountedExecution => ({
  jobId: '1',
  state,
  submittedAtMs: submitted * 1000,
  startedAtMs: started === null ? null : started * 1000,
  endedAtMs: ended === null ? null : ended * 1000,
  nodes,
  name: 'juqueue-0f0f0f0f-a',
});

describe('what Slurm bills for an allocation', () => {
  it('is from its start to its end', () => {
    expect(billedTime([execution('COMPLETED', 100, 110, 170)])).toEqual({
      startedAtMs: 110_000,
      endedAtMs: 170_000,
      stateText: 'COMPLETED',
      host: 'n1',
    });
  });

  it('is the sum of all executions of a requeued job, without the waits between them', () => {
    const billed = billedTime([execution('TIMEOUT', 149, 272, 408, 'n2'), execution('NODE_FAIL', 100, 101, 149)]);
    expect(billed).toMatchObject({ startedAtMs: 101_000, stateText: 'TIMEOUT', host: 'n2' });
    expect(billed!.endedAtMs - billed!.startedAtMs!).toBe((149 - 101 + 408 - 272) * 1000);
  });

  it('is the first part too when a requeued job was cancelled before it came again', () => {
    const billed = billedTime([execution('REQUEUED', 100, 101, 149), execution('CANCELLED by 0', 149, 160, 160, '')]);
    expect(billed).toMatchObject({ startedAtMs: 101_000, endedAtMs: 149_000, stateText: 'CANCELLED by 0' });
  });

  it('counts the parts of a resized job once each', () => {
    const billed = billedTime([execution('RESIZING', 100, 101, 131), execution('COMPLETED', 100, 131, 161)]);
    expect(billed).toMatchObject({ startedAtMs: 101_000, endedAtMs: 161_000 });
  });

  it('is nothing when it never had a node, whatever sacct writes as its start', () => {
    expect(billedTime([execution('CANCELLED by 0', 100, 120, 120, '')])).toMatchObject({ startedAtMs: null, endedAtMs: 120_000 });
  });

  it('is not known while sacct has no end, or no record', () => {
    expect(billedTime([execution('RUNNING', 100, 110, null)])).toBeNull();
    expect(billedTime([execution('NODE_FAIL', 100, 101, 149), execution('PENDING', 149, null, null, '')])).toBeNull();
    expect(billedTime([])).toBeNull();
  });
});
