import { expect, test } from 'vitest';
import { FakeManager } from '../../test/fake-manager.ts';
import { serveFake } from '../../test/serve-fake.ts';

test('what the sites say stands beside our own figures: bills that differ, and quotas in their own words', async () => {
  const manager = new FakeManager();
  const differences = Array.from({ length: 150 }, (_, n) => ({
    allocation: `hpc-${n}`,
    jobId: String(n),
    ourSeconds: 60,
    slurmSeconds: null,
  }));
  manager.siteAccounts = [
    {
      cluster: 'hpc',
      account: {
        sacct: { jobs: 150, ourSeconds: 9_000, slurmSeconds: 0, differences },
        sshare: { columns: ['Account'], rows: [['budget1']] },
        jutil: 'this site has no jutil',
      },
    },
    {
      cluster: 'gpu',
      account: { sacct: 'this Slurm keeps no accounts', sshare: 'this site has no sshare', jutil: 'this site has no jutil' },
    },
  ];
  await using server = await serveFake(manager);
  const { clusters } = (await server.get('/api/v1/accounting/site')).json();
  expect(clusters).toMatchObject([
    {
      cluster: 'hpc',
      sacct: { jobs: 150, ourSeconds: 9_000 },
      sacctTrouble: null,
      quotas: [
        { program: 'sshare', trouble: null, rows: [['budget1']] },
        { program: 'jutil', trouble: 'this site has no jutil', rows: [] },
      ],
    },
    { cluster: 'gpu', sacct: null, sacctTrouble: 'this Slurm keeps no accounts' },
  ]);
  expect(clusters[0].sacct.differences).toHaveLength(100);
});
