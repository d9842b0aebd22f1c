import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { baseFolder, clusterFolder } from './base-folder.ts';
import { registerAccounts } from './accounts.ts';
import { maxNodeCount, takeClaim } from './claim.ts';
import { clusterFiles, nodeName, nodeNumbers, writeRecord, type ClusterRecord } from './cluster-record.ts';
import { slurmEnvironment, startAccounting, startController, startDatabase, startMunge, startSlurmd } from './daemons.ts';
import { endsOfLogs } from './ends-of-logs.ts';
import { makeBridge, makeNamespaces } from './node-namespaces.ts';
import { standardOptions, type SlurmClusterOptions } from './options.ts';
import { processGroup, processGroupBase } from './process-group.ts';
import { bootId, thisProcess } from './process-owner.ts';
import { removeCluster, removeLeftovers } from './remove-cluster.ts';
import { outputOf } from './run-command.ts';
import { gresConf, slurmConf, slurmdbdConf } from './slurm-conf.ts';
import { slurmCluster, type SlurmCluster } from './slurm-cluster.ts';
import { slurmUnsupportedReason } from './unsupported-reason.ts';
import { addUser } from './unprivileged-user.ts';
import { waitUntil } from './wait-until.ts';

const nodesReadyTimeLimitMs = 60_000;
/** `sockaddr_un` holds 108 bytes, the last of them zero. */
const longestSocketPathBytes = 107;

export interface StartedSlurmCluster extends SlurmCluster, AsyncDisposable {}

/**
 * Starts a Slurm on this machine and waits until all its nodes are idle; several may run at a time.
 *
 * Its end removes everything of it. When this process dies before, the next start (of anybody) or `slurm:down` does.
 * Throws when the machine cannot run one, see `slurmUnsupportedReason`.
 */
export async function startSlurmCluster(options: Partial<SlurmClusterOptions> = {}): Promise<StartedSlurmCluster> {
  await removeLeftovers();
  const record = await startCluster({ ...standardOptions, ...options }, thisProcess());
  return { ...slurmCluster(record), [Symbol.asyncDispose]: () => removeCluster(record) };
}

/** The start itself, with the removal left to whoever `owner` names. */
export async function startCluster(options: SlurmClusterOptions, owner: ClusterRecord['owner']): Promise<ClusterRecord> {
  const unsupported = slurmUnsupportedReason();
  if (unsupported !== undefined) throw new Error(unsupported);
  if (options.nodeCount > maxNodeCount) throw new Error(`${options.nodeCount} nodes asked for, ${maxNodeCount} are possible`);
  const record = await makeRecord(options, owner);
  try {
    await startAll(record);
    return record;
  } catch (cause) {
    const logs = endsOfLogs(clusterFiles(record).logs);
    await removeCluster(record);
    throw new Error(`the Slurm test cluster did not start: ${(cause as Error).message}\n${logs}`, { cause });
  }
}

async function makeRecord(options: SlurmClusterOptions, owner: ClusterRecord['owner']): Promise<ClusterRecord> {
  const groups = processGroupBase();
  if (groups.kind === 'none') throw new Error(groups.reason);
  const id = randomBytes(3).toString('hex');
  const directory = clusterFolder(baseFolder(), id);
  mkdirSync(directory, { mode: 0o755 });
  const { ports, networkPrefix } = await takeClaim(directory, id);
  const record: ClusterRecord = {
    id,
    owner,
    bootId: bootId(),
    options,
    directory,
    processRoot: join(groups.path, `juqueue-slurm-${id}`),
    hostName: hostname().split('.')[0] ?? hostname(),
    ports,
    network: options.networkNamespaces ? { bridge: `jq${id}`, prefix: networkPrefix } : 'loopback',
    unprivilegedUserName: options.unprivilegedUser ? `jq${id}` : undefined,
  };
  writeRecord(record);
  return record;
}

async function startAll(record: ClusterRecord): Promise<void> {
  await writeFiles(record);
  processGroup(record.processRoot).create();
  if (record.network !== 'loopback') await makeBridge(record.network);
  const nodes = nodeNumbers(record);
  await allDone([startServices(record), ...nodes.map((node) => makeNamespaces(record, node))]);
  await allDone(nodes.map((node) => startSlurmd(record, node)));
  const idle = ['--noheader', '--Node', '--states=idle', '--format=%N'];
  await waitUntil('all nodes are idle', nodesReadyTimeLimitMs, async () => {
    const names = new Set((await outputOf('sinfo', idle, { env: slurmEnvironment(record) })).split('\n').filter(Boolean));
    return names.size === record.options.nodeCount || undefined;
  });
}

async function writeFiles(record: ClusterRecord): Promise<void> {
  const files = clusterFiles(record);
  const longest = join(
    files.spool,
    nodeName(record, record.options.nodeCount),
    `${nodeName(record, record.options.nodeCount)}_99999.4294967295`,
  );
  if (Buffer.byteLength(longest) > longestSocketPathBytes)
    throw new Error(`${record.directory} is too long for the sockets of Slurm; use a shorter TMPDIR`);
  for (const folder of [files.logs, files.run, files.spool, files.controllerState, files.devices, files.databaseTemporary])
    mkdirSync(folder);
  for (const node of nodeNumbers(record)) mkdirSync(join(files.spool, nodeName(record, node)));
  writeFileSync(files.slurmConf, slurmConf(record));
  writeFileSync(files.slurmdbdConf, slurmdbdConf(record), { mode: 0o600 });
  if (record.options.gpusPerNode === 0) return;
  writeFileSync(files.gresConf, gresConf(record));
  for (let gpu = 0; gpu < record.options.gpusPerNode; gpu += 1) {
    // The numbers of /dev/null: harmless to open, and a character device as Slurm demands.
    await outputOf('mknod', ['--mode=666', join(files.devices, `gpu${gpu}`), 'c', '1', '3']);
  }
}

/** munge first, as all others authenticate with it; the controller last, as it asks accounting who may submit. */
async function startServices(record: ClusterRecord): Promise<void> {
  if (record.unprivilegedUserName !== undefined) await addUser(record, record.unprivilegedUserName);
  await allDone([startMunge(record), ...(record.options.accounting ? [startDatabase(record)] : [])]);
  if (record.options.accounting) {
    await startAccounting(record);
    await registerAccounts(record);
  }
  await startController(record);
}

/** Waits for all before it throws the first error: the removal that follows must not meet processes being started. */
async function allDone(parts: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(parts)).find((part) => part.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
