import { clusterName, type ClusterRecord } from './cluster-record.ts';
import { slurmEnvironment } from './daemons.ts';
import { outputOf } from './run-command.ts';

/** The account of all users by default. */
export const openAccount = 'open';
/** At most two jobs of a user, waiting and running, are accepted: `AssocMaxSubmitJobLimit`. */
export const twoJobsAccount = 'two-jobs';
/** The same limit as a quality of service: `QOSMaxSubmitJobPerUserLimit`. */
export const twoJobsQos = 'two-jobs';

/** Registers the cluster, its accounts and limits and the users who may submit; slurmctld wants it before it starts. */
export async function registerAccounts(record: ClusterRecord): Promise<void> {
  const users = ['root', ...(record.unprivilegedUserName === undefined ? [] : [record.unprivilegedUserName])];
  const commands = [
    ['add', 'cluster', clusterName(record)],
    ['add', 'qos', twoJobsQos, 'MaxSubmitJobsPerUser=2'],
    ['add', 'account', openAccount],
    ['add', 'account', twoJobsAccount, 'MaxSubmitJobs=2'],
    ['add', 'user', users.join(','), `account=${openAccount},${twoJobsAccount}`, `DefaultAccount=${openAccount}`],
    ['modify', 'user', users.join(','), 'set', `QosLevel=normal,${twoJobsQos}`, 'DefaultQos=normal'],
  ];
  for (const command of commands) {
    await outputOf('sacctmgr', ['--immediate', '--quiet', ...command], { env: slurmEnvironment(record) });
  }
}
