import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clusterFiles, nodeName, type ClusterRecord } from './cluster-record.ts';
import { insideNode } from './node-namespaces.ts';
import { processGroup, startDaemon, startInBackground, type ProcessGroup } from './process-group.ts';
import { outputOf, runCommand, systemEnvironment } from './run-command.ts';
import { waitUntil } from './wait-until.ts';

const startTimeLimitMs = 30_000;

/** The process groups of a cluster. A node's group holds its slurmd and all processes of its jobs. */
export interface ClusterProcesses {
  readonly munge: ProcessGroup;
  readonly database: ProcessGroup;
  readonly accounting: ProcessGroup;
  readonly controller: ProcessGroup;
  node(node: number): ProcessGroup;
}

export function clusterProcesses({ processRoot }: ClusterRecord): ClusterProcesses {
  const root = processGroup(processRoot);
  return {
    munge: root.child('munge'),
    database: root.child('database'),
    accounting: root.child('accounting'),
    controller: root.child('controller'),
    node: (node) => root.child(`node${node}`),
  };
}

/** The environment in which Slurm's programs find this cluster. */
export const slurmEnvironment = (record: ClusterRecord): Readonly<Record<string, string>> => ({
  ...systemEnvironment,
  SLURM_CONF: clusterFiles(record).slurmConf,
});

/** A munged with a key and a socket of its own: it has put its socket in place when it goes into the background. */
export async function startMunge(record: ClusterRecord): Promise<void> {
  const files = clusterFiles(record);
  writeFileSync(files.mungeKey, randomBytes(128), { mode: 0o400 });
  const argv = [
    'munged',
    `--key-file=${files.mungeKey}`,
    `--socket=${files.mungeSocket}`,
    `--pid-file=${join(files.run, 'munged.pid')}`,
    `--seed-file=${join(files.run, 'munged.seed')}`,
    `--log-file=${join(files.logs, 'munged.log')}`,
  ];
  await startDaemon(clusterProcesses(record).munge, argv, { logFile: logOf(record, 'munged.out') });
}

/** A MariaDB without a port: whoever may enter its folder (root) may use it. What it loses in a crash nobody needs. */
export async function startDatabase(record: ClusterRecord): Promise<void> {
  const files = clusterFiles(record);
  // A MariaDB that starts deletes the temporary tables that it finds, so two must not share the folder for them.
  const env = { ...systemEnvironment, TMPDIR: files.databaseTemporary };
  const install = [
    '--no-defaults',
    '--user=root',
    `--datadir=${files.database}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
  ];
  await outputOf('mariadb-install-db', install, { env });
  const argv = [
    'mariadbd',
    '--no-defaults',
    '--user=root',
    `--datadir=${files.database}`,
    `--socket=${files.databaseSocket}`,
    `--pid-file=${join(files.run, 'mariadbd.pid')}`,
    '--skip-networking',
    '--innodb-buffer-pool-size=64M',
    '--innodb-flush-log-at-trx-commit=0',
    '--innodb-lock-wait-timeout=900',
  ];
  startInBackground(clusterProcesses(record).database, argv, { env, logFile: logOf(record, 'mariadbd.log') });
  const ask = ['--no-defaults', `--socket=${files.databaseSocket}`, '--user=root', '--execute=select 1'];
  await waitUntil('the database answers', startTimeLimitMs, () => outputOf('mariadb', ask));
}

/** slurmdbd; ready when it answers, which takes longer the first time, as it makes its tables. */
export async function startAccounting(record: ClusterRecord): Promise<void> {
  const env = { ...slurmEnvironment(record), MYSQL_UNIX_PORT: clusterFiles(record).databaseSocket };
  await startDaemon(clusterProcesses(record).accounting, ['slurmdbd'], { env, logFile: logOf(record, 'slurmdbd.out') });
  await waitUntil('slurmdbd answers', startTimeLimitMs, () =>
    outputOf('sacctmgr', ['--noheader', 'show', 'cluster'], { env: slurmEnvironment(record) }),
  );
}

export async function startController(record: ClusterRecord): Promise<void> {
  const env = slurmEnvironment(record);
  await startDaemon(clusterProcesses(record).controller, ['slurmctld'], { env, logFile: logOf(record, 'slurmctld.out') });
  await waitUntil('slurmctld answers', startTimeLimitMs, async () => {
    const { status } = await runCommand('scontrol', ['ping'], { env });
    return status === 0 || undefined;
  });
}

/** slurmd in the node's own namespaces and process group; what it starts is the node's. */
export async function startSlurmd(record: ClusterRecord, node: number): Promise<void> {
  const argv = insideNode(record, node, ['slurmd', '-N', nodeName(record, node)]);
  await startDaemon(clusterProcesses(record).node(node), argv, {
    env: slurmEnvironment(record),
    logFile: logOf(record, `slurmd.${nodeName(record, node)}.out`),
  });
}

/** The slurmd of a node, without its jobs; undefined when it does not run. */
export function slurmdProcessId(record: ClusterRecord, node: number): number | undefined {
  const fromFile = Number(textOf(join(clusterFiles(record).run, `slurmd.${nodeName(record, node)}.pid`)));
  // The file outlives a killed slurmd, and its number may by now be another program's.
  return clusterProcesses(record)
    .node(node)
    .processIds()
    .find((id) => id === fromFile);
}

const logOf = (record: ClusterRecord, name: string): string => join(clusterFiles(record).logs, name);

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}
