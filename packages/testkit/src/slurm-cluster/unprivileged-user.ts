import { readFileSync } from 'node:fs';
import { clusterFiles, type ClusterRecord } from './cluster-record.ts';
import { outputOf } from './run-command.ts';

/** An ordinary user of this machine, made for one cluster. */
export interface UnprivilegedUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

export async function addUser(record: ClusterRecord, name: string): Promise<void> {
  await outputOf('useradd', ['--create-home', '--home-dir', clusterFiles(record).home, '--shell', '/bin/bash', '--user-group', name]);
}

export async function removeUser(name: string): Promise<void> {
  if (findUser(name) !== undefined) await outputOf('userdel', ['--force', name]);
}

export function findUser(name: string): UnprivilegedUser | undefined {
  const fields = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const [, , uid, gid, , home] = fields.find(([candidate]) => candidate === name) ?? [];
  return home === undefined ? undefined : { name, uid: Number(uid), gid: Number(gid), home };
}
