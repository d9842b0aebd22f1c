import type { SiteAccount } from '@juqueue/client';
import { nodeTime } from '../output/node-time.ts';
import { table } from '../output/table.ts';

type ClusterSite = SiteAccount['clusters'][number];

/** What the sites say, for a terminal: whether sacct agrees, and their quotas as they print them. */
export function siteAccountText({ clusters }: SiteAccount): string {
  if (clusters.length === 0) return 'No cluster has a site to ask: there is none of type slurm.\n';
  return clusters
    .map((cluster) => [comparison(cluster), ...cluster.quotas.map((quota) => quotaText(cluster.cluster, quota))].join(''))
    .join('\n');
}

function comparison({ cluster, sacct, sacctTrouble }: ClusterSite): string {
  if (sacct === null) return `${cluster}: not compared with sacct, ${sacctTrouble ?? 'nobody says why'}.\n`;
  const jobs = `${sacct.jobs} ${sacct.jobs === 1 ? 'job' : 'jobs'}`;
  if (sacct.differences.length === 0) return `${cluster}: sacct agrees, ${nodeTime(sacct.slurmSeconds)} for ${jobs}.\n`;
  const rows = sacct.differences.map(({ allocation, jobId, ourSeconds, slurmSeconds }) => [
    allocation,
    jobId,
    String(ourSeconds),
    slurmSeconds === null ? 'unknown' : String(slurmSeconds),
  ]);
  return `${cluster}: sacct has ${nodeTime(sacct.slurmSeconds)} for ${jobs}, we have ${nodeTime(sacct.ourSeconds)}.\n${table(['ALLOCATION', 'JOB', '>OURS', '>SACCT'], rows)}`;
}

function quotaText(cluster: string, { program, trouble, columns, rows }: ClusterSite['quotas'][number]): string {
  return trouble === null ? `${cluster}: ${program} says\n${table(columns, rows)}` : `${cluster}: ${trouble}.\n`;
}
