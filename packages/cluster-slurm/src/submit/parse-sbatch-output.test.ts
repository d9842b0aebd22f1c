import { describe, expect, it } from 'vitest';
import { parseSbatchOutput } from './parse-sbatch-output.ts';

const tacc = `
-----------------------------------------------------------------
          Welcome to the Stampede2 Supercomputer
-----------------------------------------------------------------

No reservation for this job
--> Verifying valid submit host (login1)...OK
--> Verifying valid jobname...OK
--> Checking available allocation (TG-ABC123456)...OK
2024
--> Verifying quota for /home1/01234/me...OK
1876543
`;

describe('what sbatch prints', () => {
  it.each([
    ['its number', '4711\n', '4711'],
    ['its number and cluster', '4711;c1\n', '4711'],
    ['the sentence of a wrapper that drops --parsable', 'Submitted batch job 4711\n', '4711'],
    ['the sentence with a cluster', 'Submitted batch job 4711 on cluster c1\n', '4711'],
    ['a number of a federation', '67108865;fed-a\n', '67108865'],
    ['a banner with digits before it', tacc, '1876543'],
    ['Windows line ends of a wrapper', '4711\r\n', '4711'],
  ])('names the job by %s', (_what, stdout, jobId) => {
    expect(parseSbatchOutput(stdout)).toBe(jobId);
  });

  it.each([
    ['nothing', ''],
    ['a banner only', 'Welcome to cluster 7, you have 3 messages\n'],
    ['half a number with text', 'job 17 of project x accepted\n'],
  ])('names no job when it is %s', (_what, stdout) => {
    expect(parseSbatchOutput(stdout)).toBeNull();
  });
});
