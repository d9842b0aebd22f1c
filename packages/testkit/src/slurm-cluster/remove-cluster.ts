import { rmSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { baseFolder, clusterExists, clusterFolders } from './base-folder.ts';
import { releaseClaims } from './claim.ts';
import { readRecord, type ClusterRecord } from './cluster-record.ts';
import { removeBridge } from './node-namespaces.ts';
import { processGroup } from './process-group.ts';
import { isAlive } from './process-owner.ts';
import { removeUser } from './unprivileged-user.ts';

/** A folder without a record is a start in progress for the moment between the two. */
const recordDelayMs = 60_000;

/**
 * Ends everything that the cluster started and removes everything that it made; nothing else. May be repeated, and
 * works on what a start or a removal left when it was cut off.
 */
export async function removeCluster(record: ClusterRecord): Promise<void> {
  await processGroup(record.processRoot).remove();
  if (record.network !== 'loopback') await removeBridge(record.network);
  if (record.unprivilegedUserName !== undefined) await removeUser(record.unprivilegedUserName);
  // The record goes last but the claim: without it nobody would know what is left.
  removeFolder(record.directory);
  releaseClaims(dirname(record.directory), (id) => id === record.id);
}

/** Removes the clusters whose starting process is dead. Answers their ids. */
export async function removeLeftovers(): Promise<readonly string[]> {
  const base = baseFolder();
  const removed: string[] = [];
  for (const folder of clusterFolders(base)) {
    const record = readRecord(folder);
    if (record === undefined) {
      if (isOld(folder)) removeFolder(folder);
    } else if (record.owner !== 'until-down' && !isAlive(record.owner)) {
      await removeCluster(record);
      removed.push(basename(folder));
    }
  }
  releaseClaims(base, (id) => !clusterExists(base, id));
  return removed;
}

/** A removal may meet another one of the same leftover: what is already gone is no error. */
const removeFolder = (folder: string): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });

function isOld(folder: string): boolean {
  const stats = statSync(folder, { throwIfNoEntry: false });
  return stats !== undefined && Date.now() - stats.mtimeMs > recordDelayMs;
}
