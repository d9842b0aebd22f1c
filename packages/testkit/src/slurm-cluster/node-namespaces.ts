import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { clusterFiles, nodeName, type ClusterNetwork, type ClusterRecord } from './cluster-record.ts';
import { processGroup, type ProcessGroup } from './process-group.ts';
import { outputOf, systemEnvironment } from './run-command.ts';

/** Mount source by which our covers over folders are recognised. */
const coverName = 'juqueue-hidden';

/** Enters the process group, takes the node's host name, says so, and does nothing until it is killed. */
const holdNamespaces = 'echo $$ >"$0" && hostname "$1" && echo ready && exec sleep infinity';

/**
 * Makes a node's own host name, mount table and (when asked for) network. They live as long as one sleeping process,
 * which is not among the node's processes: a node that is killed and started again finds them unchanged.
 */
export async function makeNamespaces(record: ClusterRecord, node: number): Promise<void> {
  const group = namespaceGroup(record, node);
  group.create();
  const network = record.network === 'loopback' ? [] : ['--net'];
  const holder = spawn(
    'unshare',
    [
      '--uts',
      '--mount',
      '--propagation',
      'slave',
      ...network,
      '--',
      '/bin/sh',
      '-c',
      holdNamespaces,
      join(group.path, 'cgroup.procs'),
      nodeName(record, node),
    ],
    // It outlives us, so it must not keep our own standard error open for whoever reads that.
    { cwd: '/', env: systemEnvironment, stdio: ['ignore', 'pipe', 'ignore'], detached: true },
  );
  const ended = once(holder, 'exit').then(() => {
    throw new Error(`the namespaces of node ${node} could not be made`);
  });
  await Promise.race([once(holder.stdout, 'data'), ended]);
  ended.catch(() => {});
  holder.stdout.destroy();
  holder.unref();
  if (record.network !== 'loopback') await connectNode(record.network, node, holderId(record, node));
}

/** The argument list that runs a program inside the node's namespaces. */
export function insideNode(record: ClusterRecord, node: number, argv: readonly string[]): readonly string[] {
  const network = record.network === 'loopback' ? [] : ['--net'];
  return ['nsenter', `--target=${holderId(record, node)}`, '--uts', '--mount', ...network, '--', ...argv];
}

/** The bridge that joins the nodes with this machine. */
export async function makeBridge({ bridge, prefix }: ClusterNetwork): Promise<void> {
  await ipBatch([`link add ${bridge} type bridge`, `addr add ${prefix}.254/24 dev ${bridge}`, `link set ${bridge} up`]);
}

export async function removeBridge({ bridge }: ClusterNetwork): Promise<void> {
  const links = JSON.parse(await outputOf('ip', ['-json', 'link', 'show'])) as readonly { readonly ifname: string }[];
  if (links.some(({ ifname }) => ifname === bridge)) await ipBatch([`link del ${bridge}`]);
}

/** Cuts the node off or joins it again. Neither side is told: packets vanish, connections stay open. */
export async function setNetworkLink(network: ClusterNetwork, node: number, state: 'up' | 'down'): Promise<void> {
  await ipBatch([`link set ${hostLink(network, node)} ${state}`]);
}

async function connectNode(network: ClusterNetwork, node: number, holder: number): Promise<void> {
  const link = hostLink(network, node);
  await ipBatch([
    `link add ${link} type veth peer name eth0 netns ${holder}`,
    `link set ${link} master ${network.bridge}`,
    `link set ${link} up`,
  ]);
  const inside = ['link set lo up', `addr add ${network.prefix}.${node}/24 dev eth0`, 'link set eth0 up'];
  await outputOf('nsenter', [`--target=${holder}`, '--net', '--', 'ip', '-batch', '-'], { stdin: inside.join('\n') });
}

/** Interface names have at most 15 characters. */
const hostLink = ({ bridge }: ClusterNetwork, node: number): string => `${bridge}v${node}`;

const ipBatch = (commands: readonly string[]): Promise<string> => outputOf('ip', ['-batch', '-'], { stdin: commands.join('\n') });

/**
 * Covers a folder with an empty read-only one, for this node alone, as when its file system is not mounted.
 * What is open and working directories stay as they are.
 */
export async function coverFolder(record: ClusterRecord, node: number, path: string): Promise<void> {
  if (`${clusterFiles(record).record}/`.startsWith(`${path}/`)) {
    throw new Error(`${path} contains the cluster's own files; hiding it would break slurmd as well`);
  }
  const mount = ['mount', '-t', 'tmpfs', '-o', 'ro,mode=0755', coverName, path];
  await outputOf('nsenter', [`--target=${holderId(record, node)}`, '--mount', '--', ...mount]);
}

export async function uncoverFolders(record: ClusterRecord, node: number): Promise<void> {
  const holder = holderId(record, node);
  const mounts = readFileSync(`/proc/${holder}/mounts`, 'utf8')
    .split('\n')
    .map((line) => line.split(' '));
  const covered = mounts.flatMap(([source, path]) => (source === coverName && path !== undefined ? [unescaped(path)] : []));
  for (const path of covered.toReversed()) {
    // Lazily, as a process may have its working directory in the cover.
    await outputOf('nsenter', [`--target=${holder}`, '--mount', '--', 'umount', '--lazy', path]);
  }
}

/** The mount table writes blanks and backslashes as octal numbers. */
const unescaped = (path: string): string =>
  path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));

const namespaceGroup = (record: ClusterRecord, node: number): ProcessGroup => processGroup(record.processRoot).child(`namespaces${node}`);

function holderId(record: ClusterRecord, node: number): number {
  const id = namespaceGroup(record, node).processIds()[0];
  if (id === undefined) throw new Error(`node ${node} of cluster ${record.id} has no namespaces; the cluster is gone`);
  return id;
}
