import { Type } from 'typebox';
import { answer, Count, nullableNumber, nullableString, ok } from '@juqueue/http';
import type { Sent, TypedFastify } from '@juqueue/http';
import type { ServerContext } from '../app/server-context.ts';
import type { ClusterSiteAccount } from '../site-accounts.ts';

const BillDifferenceSchema = answer('BillDifference', {
  allocation: Type.String(),
  jobId: Type.String(),
  ourSeconds: Type.Number(),
  slurmSeconds: nullableNumber('Null when sacct does not know the job.'),
});

const BillComparisonSchema = answer('BillComparison', {
  jobs: Count,
  ourSeconds: Type.Number({ description: 'Node-seconds of these jobs as the ledger has them.' }),
  slurmSeconds: Type.Number({ description: 'The same by sacct.' }),
  differences: Type.Array(BillDifferenceSchema, { maxItems: 100 }),
});

const SiteTableSchema = answer('SiteTable', {
  program: Type.String({ description: '`sshare` or `jutil`.' }),
  trouble: nullableString('Why there is nothing to show.'),
  columns: Type.Array(Type.String()),
  rows: Type.Array(Type.Array(Type.String())),
});

const ClusterSiteAccountSchema = answer('ClusterSiteAccount', {
  cluster: Type.String(),
  sacct: Type.Union([BillComparisonSchema, Type.Null()]),
  sacctTrouble: nullableString('Why the bills were not compared.'),
  quotas: Type.Array(SiteTableSchema, { description: "The site's own words, asked for once an hour at most." }),
});

const SiteAccountSchema = answer('SiteAccount', { clusters: Type.Array(ClusterSiteAccountSchema) });

export function addSiteAccountRoutes(app: TypedFastify, { siteAccounts }: ServerContext): void {
  app.get('/accounting/site', {
    schema: {
      operationId: 'getSiteAccount',
      tags: ['accounting'],
      summary: 'What the sites themselves say: our bills beside those of sacct, and quotas by sshare and jutil where there are such',
      response: ok(SiteAccountSchema),
    },
    handler: async (): Promise<Sent<typeof SiteAccountSchema>> => ({ clusters: (await siteAccounts.read()).map(clusterRow) }),
  });
}

/** Hundreds of differences have one reason; the first ones show it. */
const differencesMax = 100;

function clusterRow({ cluster, account: { sacct, sshare, jutil } }: ClusterSiteAccount): Sent<typeof ClusterSiteAccountSchema> {
  const isCompared = typeof sacct !== 'string';
  return {
    cluster,
    sacct: isCompared ? { ...sacct, differences: sacct.differences.slice(0, differencesMax) } : null,
    sacctTrouble: isCompared ? null : sacct,
    quotas: Object.entries({ sshare, jutil }).map(([program, said]) =>
      typeof said === 'string' ? { program, trouble: said, columns: [], rows: [] } : { program, trouble: null, ...said },
    ),
  };
}
