import { parseArgs } from 'node:util';
import { baseFolder, clusterFolders } from './base-folder.ts';
import { clusterFiles, nodeName, readRecord, type ClusterRecord } from './cluster-record.ts';
import { standardOptions, type SlurmClusterOptions } from './options.ts';
import { startCluster } from './start-slurm-cluster.ts';
import { removeLeftovers } from './remove-cluster.ts';

const usage = `usage: npm run slurm:up -- [--nodes ${standardOptions.nodeCount}] [--cpus ${standardOptions.cpusPerNode}] [--gpus 0] [--network-namespaces] [--no-accounting] [--unprivileged-user]

Starts a Slurm on this machine that stays until "npm run slurm:down". On standard output: the lines a shell needs to use it.
A cluster that is up already is shown again.
`;

const { values } = parseArgs({
  allowNegative: true,
  options: {
    nodes: { type: 'string', default: String(standardOptions.nodeCount) },
    cpus: { type: 'string', default: String(standardOptions.cpusPerNode) },
    gpus: { type: 'string', default: '0' },
    'network-namespaces': { type: 'boolean', default: false },
    accounting: { type: 'boolean', default: true },
    'unprivileged-user': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  process.stdout.write(usage);
} else {
  const options = clusterOptions();
  await removeLeftovers();
  const running = runningCluster();
  show(running ?? (await startCluster(options, 'until-down')), running === undefined ? 'started' : 'already up');
}

function clusterOptions(): SlurmClusterOptions {
  return {
    ...standardOptions,
    nodeCount: wholeNumber('nodes', values.nodes, 1),
    cpusPerNode: wholeNumber('cpus', values.cpus, 1),
    gpusPerNode: wholeNumber('gpus', values.gpus, 0),
    networkNamespaces: values['network-namespaces'],
    accounting: values.accounting,
    unprivilegedUser: values['unprivileged-user'],
  };
}

/** The one that an earlier "up" left running; the clusters of tests do not count. */
function runningCluster(): ClusterRecord | undefined {
  const records = clusterFolders(baseFolder()).map(readRecord);
  return records.find((record) => record?.owner === 'until-down');
}

function show(record: ClusterRecord, what: string): void {
  const { options } = record;
  const nodes = `${nodeName(record, 1)} to ${nodeName(record, options.nodeCount)}`;
  const partitions = options.partitions.map(({ name }) => name).join(', ');
  process.stderr.write(`Slurm cluster ${record.id} ${what}: nodes ${nodes}, partitions ${partitions}. To remove it: npm run slurm:down\n`);
  if (record.unprivilegedUserName !== undefined) process.stderr.write(`unprivileged user: ${record.unprivilegedUserName}\n`);
  process.stdout.write(`export SLURM_CONF=${clusterFiles(record).slurmConf}\n`);
}

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) return value;
  process.stderr.write(`--${name} needs a whole number of at least ${least}, not "${text}"\n\n${usage}`);
  process.exit(2);
}
