import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { clusterFiles, nodeName, nodeNumbers, type ClusterRecord } from './cluster-record.ts';
import { slurmEnvironment } from './daemons.ts';
import type { SlurmPartition } from './options.ts';
import { isAlive, thisProcess, type ProcessOwner } from './process-owner.ts';
import { outputOf } from './run-command.ts';
import { partitionSettings } from './slurm-conf.ts';
import { waitUntil } from './wait-until.ts';

const jobsEndTimeLimitMs = 60_000;

/** Nodes of a shared cluster that one test has for itself, with partitions made of them alone. */
export interface NodeLease extends AsyncDisposable {
  /** Their numbers in the cluster. */
  readonly nodes: readonly number[];
  readonly nodeNames: readonly string[];
  /** The full name of one of its partitions, by the name that the lease was asked with. */
  partition(name: string): string;
}

export interface LeaseRequest {
  readonly nodeCount: number;
  /**
   * Each spans all nodes of the lease. One called `batch` when absent. They do not survive a restart of the controller, which
   * knows those of its configuration only: who restarts it asks for none and uses those.
   */
  readonly partitions?: readonly Omit<SlurmPartition, 'nodes' | 'isDefault'>[];
  /** How long to wait for other tests to give nodes back. */
  readonly timeLimitMs?: number;
}

/**
 * Takes nodes that no other lease has, waiting when there are too few. At its end all jobs in its partitions are
 * cancelled, the partitions removed, and `restore` has to bring each node back to working order.
 */
export async function leaseNodes(
  record: ClusterRecord,
  request: LeaseRequest,
  restore: (node: number) => Promise<void>,
): Promise<NodeLease> {
  const nodes = await waitUntil(`${request.nodeCount} nodes are free`, request.timeLimitMs ?? 120_000, () =>
    claimNodes(record, request.nodeCount),
  );
  const id = randomBytes(3).toString('hex');
  const fullName = (name: string): string => `${name}-${id}`;
  const partitions = (request.partitions ?? [{ name: 'batch' }]).map((partition) => ({
    ...partition,
    name: fullName(partition.name),
    nodes,
  }));
  const scontrol = (...args: readonly string[]): Promise<string> => outputOf('scontrol', args, { env: slurmEnvironment(record) });
  for (const partition of partitions) {
    await scontrol('create', `PartitionName=${partition.name}`, ...partitionSettings(record, partition));
  }
  const names = partitions.map(({ name }) => name);
  return {
    nodes,
    nodeNames: nodes.map((node) => nodeName(record, node)),
    partition: (name) => {
      if (!names.includes(fullName(name))) throw new Error(`the lease has no partition "${name}"`);
      return fullName(name);
    },
    [Symbol.asyncDispose]: async () => {
      for (const node of nodes) await restore(node);
      await endJobs(record, names);
      for (const name of names) await scontrol('delete', `PartitionName=${name}`);
      for (const node of nodes) rmSync(claimFile(record, node), { force: true });
    },
  };
}

async function endJobs(record: ClusterRecord, partitions: readonly string[]): Promise<void> {
  if (partitions.length === 0) return;
  const env = slurmEnvironment(record);
  for (const partition of partitions) await outputOf('scancel', [`--partition=${partition}`], { env });
  const live = ['--noheader', `--partition=${partitions.join(',')}`, '--format=%A %T'];
  await waitUntil('the jobs of the lease have ended', jobsEndTimeLimitMs, async () => {
    return (await outputOf('squeue', live, { env })).trim() === '' || undefined;
  });
}

/** All or none, so that two tests that each need most of the nodes cannot hold one half each. */
function claimNodes(record: ClusterRecord, count: number): readonly number[] | undefined {
  const folder = clusterFiles(record).nodeClaims;
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    const owner = ownerOf(join(folder, name));
    if (owner !== undefined && !isAlive(owner)) rmSync(join(folder, name), { force: true });
  }
  const claimed: number[] = [];
  for (const node of nodeNumbers(record)) {
    if (claimed.length < count && claimOnce(claimFile(record, node))) claimed.push(node);
  }
  if (claimed.length === count) return claimed;
  for (const node of claimed) rmSync(claimFile(record, node));
  return undefined;
}

const claimFile = (record: ClusterRecord, node: number): string => join(clusterFiles(record).nodeClaims, String(node));

function claimOnce(file: string): boolean {
  try {
    writeFileSync(file, JSON.stringify(thisProcess()), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Undefined for a claim that is just being written. */
function ownerOf(file: string): ProcessOwner | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessOwner;
  } catch {
    return undefined;
  }
}
