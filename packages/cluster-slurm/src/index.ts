export { SlurmCluster } from './slurm-cluster.ts';
export type { SlurmCall } from './command/slurm-commands.ts';
export type { SlurmClusterOptions } from './slurm-cluster.ts';
export { checkSlurmCluster } from './doctor/check-slurm-cluster.ts';
export type { Finding, FindingCode } from './doctor/finding.ts';
export { directiveObjections } from './submit/directive-objections.ts';
