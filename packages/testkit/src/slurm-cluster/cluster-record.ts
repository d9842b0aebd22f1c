import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessOwner } from './process-owner.ts';
import type { SlurmClusterOptions } from './options.ts';

/**
 * Everything needed to use, hurt and remove a cluster, from any process of this machine.
 *
 * It is written before anything else of the cluster exists, and all names in it contain the cluster's id, so a
 * crash at any moment leaves nothing that the record does not name.
 */
export interface ClusterRecord {
  readonly id: string;
  /** Who removes it: the process that started it, or nobody until `slurm:down`. */
  readonly owner: ProcessOwner | 'until-down';
  /** Nothing but files is left of it after a reboot. */
  readonly bootId: string;
  readonly options: SlurmClusterOptions;
  readonly directory: string;
  /** cgroup v2 folder; everything that the cluster runs is below it, jobs included. */
  readonly processRoot: string;
  /** `hostname -s` of this machine; slurmctld and slurmdbd insist on it. */
  readonly hostName: string;
  readonly ports: ClusterPorts;
  readonly network: ClusterNetwork | 'loopback';
  readonly unprivilegedUserName: string | undefined;
}

export interface ClusterPorts {
  readonly controller: number;
  readonly accounting: number;
  /** Of node 1; node n has the (n−1)th after it. */
  readonly firstNode: number;
}

export interface ClusterNetwork {
  readonly bridge: string;
  /** The first three numbers of its addresses: node n is n, this machine 254. */
  readonly prefix: string;
}

export const clusterName = (record: ClusterRecord): string => `jq${record.id}`;

export const nodeName = (record: ClusterRecord, node: number): string => `jq${record.id}n${node}`;

export const nodeNumbers = (record: ClusterRecord): readonly number[] =>
  Array.from({ length: record.options.nodeCount }, (_, index) => index + 1);

/** The address at which nodes find this machine, and with it slurmctld and a manager. */
export const hostAddress = ({ network }: ClusterRecord): string => (network === 'loopback' ? '127.0.0.1' : `${network.prefix}.254`);

/** The files of a cluster below its folder. */
export interface ClusterFiles {
  readonly record: string;
  readonly slurmConf: string;
  readonly slurmdbdConf: string;
  readonly gresConf: string;
  readonly mungeKey: string;
  readonly mungeSocket: string;
  readonly databaseSocket: string;
  readonly database: string;
  readonly databaseTemporary: string;
  readonly logs: string;
  readonly run: string;
  readonly spool: string;
  readonly controllerState: string;
  readonly devices: string;
  readonly nodeClaims: string;
  readonly home: string;
}

export function clusterFiles({ directory }: { readonly directory: string }): ClusterFiles {
  const at = (name: string): string => join(directory, name);
  return {
    record: at('cluster.json'),
    slurmConf: at('slurm.conf'),
    slurmdbdConf: at('slurmdbd.conf'),
    gresConf: at('gres.conf'),
    mungeKey: at('munge.key'),
    mungeSocket: at('munge.sock'),
    databaseSocket: at('db.sock'),
    database: at('database'),
    databaseTemporary: at('database-tmp'),
    logs: at('logs'),
    run: at('run'),
    spool: at('spool'),
    controllerState: at('controller-state'),
    devices: at('devices'),
    nodeClaims: at('node-claims'),
    home: at('home'),
  };
}

export function writeRecord(record: ClusterRecord): void {
  writeFileSync(clusterFiles(record).record, JSON.stringify(record, undefined, 2), { mode: 0o644 });
}

/** The record of the cluster in that folder, or undefined when there is none (its start was cut off very early). */
export function readRecord(directory: string): ClusterRecord | undefined {
  try {
    return JSON.parse(readFileSync(clusterFiles({ directory }).record, 'utf8')) as ClusterRecord;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
