import { existsSync, rmSync, statSync } from 'node:fs';
import { baseFolder, clusterFolders } from './base-folder.ts';
import { releaseClaims } from './claim.ts';
import { readRecord, type ClusterRecord } from './cluster-record.ts';
import { removeBridge } from './node-namespaces.ts';
import { processGroup } from './process-group.ts';
import { bootId, isAlive } from './process-owner.ts';
import { removeUser } from './unprivileged-user.ts';
import { waitUntil } from './wait-until.ts';

/** A folder without a record is a start in progress for the moment between the two. */
const recordDelayMs = 60_000;
const otherRemovalTimeLimitMs = 15_000;

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
  releaseClaims();
}

/** Removes the clusters whose starting process is dead. Answers their ids. */
export async function removeLeftovers(): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const folder of clusterFolders(baseFolder())) {
    const record = readRecord(folder);
    if (record === undefined) {
      if (isOld(folder)) removeFolder(folder);
    } else if (isLeftover(record)) {
      await removeSharing(record);
      removed.push(record.id);
    }
  }
  releaseClaims();
  return removed;
}

function isLeftover({ owner, bootId: startedIn }: ClusterRecord): boolean {
  return startedIn !== bootId() || (owner !== 'until-down' && !isAlive(owner));
}

/**
 * Tests that start at the same moment find the same leftovers. The removal that finds a step already done fails, and
 * then only waits for the one that did it.
 */
async function removeSharing(record: ClusterRecord): Promise<void> {
  try {
    await removeCluster(record);
  } catch (error) {
    await waitUntil(`somebody else has removed ${record.directory}`, otherRemovalTimeLimitMs, () => {
      return existsSync(record.directory) ? undefined : true;
    }).catch(() => {
      throw error;
    });
  }
}

const removeFolder = (folder: string): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });

function isOld(folder: string): boolean {
  const stats = statSync(folder, { throwIfNoEntry: false });
  return stats !== undefined && Date.now() - stats.mtimeMs > recordDelayMs;
}
