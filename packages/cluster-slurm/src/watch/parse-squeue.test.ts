import { describe, expect, it } from 'vitest';
import { parseSqueue } from './parse-squeue.ts';

/** Slurm 22.05. */
const waitingAndRunning = `14|PENDING|Resources|1795219149|1795222800|1795222920||n/a|juqueue-0f0f0f0f-b
13|RUNNING|None|1795219149|1795219272|1795219392|node2|node2|juqueue-0f0f0f0f-a
12|COMPLETING|None|1795219100|1795219101|1795219130||node1|juqueue-0f0f0f0f-c
11|CANCELLED|None|1795219100|1795219120|1795219120||n/a|juqueue-0f0f0f0f-d
`;
/** Slurm 24.11, with reasons that hold commas and a job of a person whose name holds separators. */
const reasons = `9|PENDING|ReqNodeNotAvail, UnavailableNodes:n[3-4,7]|1795219149|N/A|N/A|||juqueue-0f0f0f0f-e
8|PENDING|launch failed requeued held|1795219149|N/A|N/A||n/a|a|b|c
`;

const jobs = (stdout: string) => {
  const reading = parseSqueue(stdout);
  return reading.kind === 'read' ? reading.jobs : reading.message;
};

describe('what squeue shows', () => {
  it('is a job per line, with instants as milliseconds', () => {
    expect(jobs(waitingAndRunning)).toMatchObject([
      { jobId: '14', state: 'PENDING', reason: 'Resources', startedAtMs: 1_795_222_800_000, nodes: '', batchHost: '' },
      {
        jobId: '13',
        state: 'RUNNING',
        submittedAtMs: 1_795_219_149_000,
        startedAtMs: 1_795_219_272_000,
        nodes: 'node2',
        batchHost: 'node2',
        name: 'juqueue-0f0f0f0f-a',
      },
      { jobId: '12', state: 'COMPLETING', nodes: '', batchHost: 'node1' },
      { jobId: '11', state: 'CANCELLED', endedAtMs: 1_795_219_120_000 },
    ]);
  });

  it('keeps commas, blanks and separators in reasons and names', () => {
    expect(jobs(reasons)).toMatchObject([
      { reason: 'ReqNodeNotAvail, UnavailableNodes:n[3-4,7]', startedAtMs: null, batchHost: '' },
      { reason: 'launch failed requeued held', name: 'a|b|c' },
    ]);
  });

  it('may be nothing at all, or noise of the site only', () => {
    expect(jobs('')).toEqual([]);
    expect(jobs('CLUSTER: c1\nMaintenance on Tuesday 9-17\n')).toEqual([]);
  });

  it('is unreadable when a line was cut off, so that no job seems gone', () => {
    expect(parseSqueue(waitingAndRunning.slice(0, -30)).kind).toBe('unreadable');
    expect(parseSqueue(waitingAndRunning.slice(0, -3)).kind).toBe('unreadable');
    expect(parseSqueue('13|RUNNING|None\n').kind).toBe('unreadable');
    expect(parseSqueue('13|RUNNING|None|1795219149|179521').kind).toBe('unreadable');
  });
});
