import { describe, expect, it } from 'vitest';
import { parseSacct } from './parse-sacct.ts';

/** Slurm 22.05 with -X -n -P -D: an execution that its node failed, and the next of the same number. */
const requeued = `1|NODE_FAIL|1795219100|1795219101|1795219149|batch|node1|juqueue-0f0f0f0f-a
1|TIMEOUT|1795219149|1795219272|1795219408|batch|node2|juqueue-0f0f0f0f-a
`;
const cancelledWaiting = '7|CANCELLED by 1000|1795219100|None|1795219120|batch|None assigned|juqueue-0f0f0f0f-b\n';
const cancelledWaitingOlder = '7|CANCELLED by 1000|1795219100|1795219120|1795219120|batch|None assigned|juqueue-0f0f0f0f-b\n';
const incomplete = '8|COMPLETED|1795219100|1795219101|1795219149|||allocation\n';

const executions = (stdout: string) => {
  const reading = parseSacct(stdout);
  return reading.kind === 'read' ? reading.executions : reading.message;
};

describe('what sacct has on record', () => {
  it('is every execution of a requeued job', () => {
    expect(executions(requeued)).toMatchObject([
      {
        jobId: '1',
        state: 'NODE_FAIL',
        submittedAtMs: 1_795_219_100_000,
        startedAtMs: 1_795_219_101_000,
        endedAtMs: 1_795_219_149_000,
        nodes: 'node1',
      },
      {
        jobId: '1',
        state: 'TIMEOUT',
        startedAtMs: 1_795_219_272_000,
        endedAtMs: 1_795_219_408_000,
        nodes: 'node2',
        name: 'juqueue-0f0f0f0f-a',
      },
    ]);
  });

  it('has no nodes for a job that never started, whatever it writes as its start', () => {
    expect(executions(cancelledWaiting)).toMatchObject([{ nodes: '', startedAtMs: null, state: 'CANCELLED by 1000' }]);
    expect(executions(cancelledWaitingOlder)).toMatchObject([{ nodes: '', startedAtMs: 1_795_219_120_000 }]);
  });

  it('leaves out a record that is not complete yet', () => {
    expect(executions(incomplete)).toEqual([]);
  });

  it('is unreadable when it breaks off', () => {
    expect(parseSacct(requeued.slice(0, -5)).kind).toBe('unreadable');
    expect(parseSacct('1|COMPLETED\n').kind).toBe('unreadable');
  });
});
