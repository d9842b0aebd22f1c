import { expect, test } from 'vitest';
import { siteAccountText } from './site-account-text.ts';

const none = [{ program: 'jutil', trouble: 'this site has no jutil', columns: [], rows: [] }];

test('says that sacct agrees, or of which jobs it says something else, and shows quotas as the site prints them', () => {
  const agreeing = {
    cluster: 'hpc',
    sacct: { jobs: 1, ourSeconds: 3_600, slurmSeconds: 3_600, differences: [] },
    sacctTrouble: null,
    quotas: [{ program: 'sshare', trouble: null, columns: ['Account', 'RawUsage'], rows: [['budget1', '7200']] }],
  };
  const differing = {
    cluster: 'gpu',
    sacct: {
      jobs: 2,
      ourSeconds: 90,
      slurmSeconds: 60,
      differences: [{ allocation: 'gpu-1', jobId: '7', ourSeconds: 30, slurmSeconds: null }],
    },
    sacctTrouble: null,
    quotas: none,
  };
  const silent = { cluster: 'old', sacct: null, sacctTrouble: 'this Slurm keeps no accounts', quotas: none };
  expect(siteAccountText({ clusters: [agreeing, differing, silent] })).toBe(`hpc: sacct agrees, 1.000 node-hours for 1 job.
hpc: sshare says
Account  RawUsage
budget1  7200

gpu: sacct has 60 node-seconds for 2 jobs, we have 90 node-seconds.
ALLOCATION  JOB  OURS    SACCT
gpu-1       7      30  unknown
gpu: this site has no jutil.

old: not compared with sacct, this Slurm keeps no accounts.
old: this site has no jutil.
`);
  expect(siteAccountText({ clusters: [] })).toContain('none of type slurm');
});
