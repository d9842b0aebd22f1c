import { describe, expect, it } from 'vitest';
import { parseAccounting, parseQueue, submittedJobId } from './job-reports.ts';

describe('reports of the Slurm test cluster', () => {
  it('read squeue, whose reasons and names may contain what separates fields and words', () => {
    const output =
      '7|PENDING|ReqNodeNotAvail, Reserved for maintenance|batch||N/A|N/A|a|b\n' +
      '8|RUNNING|None|batch|jq1n1|1795219152|1795219272|token\n';
    expect(parseQueue(output)).toEqual([
      {
        jobId: 7,
        name: 'a|b',
        state: 'PENDING',
        reason: 'ReqNodeNotAvail, Reserved for maintenance',
        partition: 'batch',
        nodeList: '',
        startSeconds: undefined,
        endSeconds: undefined,
      },
      {
        jobId: 8,
        name: 'token',
        state: 'RUNNING',
        reason: 'None',
        partition: 'batch',
        nodeList: 'jq1n1',
        startSeconds: 1795219152,
        endSeconds: 1795219272,
      },
    ]);
  });

  it('read sacct, where a cancelled job names who cancelled it and one that never started has no start', () => {
    const output = '9|CANCELLED by 0|0:0|open|batch|None assigned|1795219100|None|1795219110|0|token\n';
    expect(parseAccounting(output)).toEqual([
      {
        jobId: 9,
        name: 'token',
        state: 'CANCELLED',
        exitCode: '0:0',
        account: 'open',
        partition: 'batch',
        nodeList: '',
        submitSeconds: 1795219100,
        startSeconds: undefined,
        endSeconds: 1795219110,
        elapsedSeconds: 0,
      },
    ]);
  });

  it('read the number of a submitted job, and pass on why sbatch refused', () => {
    expect(submittedJobId({ status: 0, stdout: '12;cluster\n', stderr: '', timedOut: false })).toBe(12);
    const refused = { status: 1, stdout: '', stderr: 'sbatch: error: AssocMaxSubmitJobLimit\n', timedOut: false };
    expect(() => submittedJobId(refused)).toThrow('sbatch refused (status 1): sbatch: error: AssocMaxSubmitJobLimit');
  });
});
