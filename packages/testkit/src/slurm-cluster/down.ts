import { baseFolder, clusterFolders } from './base-folder.ts';
import { readRecord } from './cluster-record.ts';
import { removeCluster, removeLeftovers } from './remove-cluster.ts';

/**
 * Removes the Slurm cluster that "up" started, and those of tests that died; a running test's cluster stays.
 * With ids as arguments: those clusters, whoever started them.
 */
const ids = process.argv.slice(2);
const leftovers = await removeLeftovers();
const records = clusterFolders(baseFolder()).flatMap((folder) => readRecord(folder) ?? []);
const chosen = records.filter((record) => (ids.length > 0 ? ids.includes(record.id) : record.owner === 'until-down'));
for (const record of chosen) await removeCluster(record);

const removed = [...leftovers, ...chosen.map(({ id }) => id)];
process.stderr.write(removed.length === 0 ? 'no Slurm cluster was up\n' : `removed ${removed.join(', ')}\n`);
const unknown = ids.filter((id) => !removed.includes(id));
if (unknown.length > 0) {
  process.stderr.write(`no cluster is called ${unknown.join(', ')}\n`);
  process.exitCode = 1;
}
