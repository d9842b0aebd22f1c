import { clusterFiles, clusterName, hostAddress, nodeName, nodeNumbers, readRecord, type ClusterRecord } from './cluster-record.ts';
import { clusterProcesses, slurmdProcessId, slurmEnvironment, startAccounting, startController, startSlurmd } from './daemons.ts';
import {
  accountingArguments,
  parseAccounting,
  parseQueue,
  queueArguments,
  reportEnvironment,
  submittedJobId,
  type AccountedJob,
  type QueuedJob,
} from './job-reports.ts';
import { leaseNodes, type LeaseRequest, type NodeLease } from './node-lease.ts';
import { coverFolder, setNetworkLink, uncoverFolders } from './node-namespaces.ts';
import { outputOf, runCommand, type CommandResult } from './run-command.ts';
import { findUser, type UnprivilegedUser } from './unprivileged-user.ts';
import { waitUntil } from './wait-until.ts';

const restoreTimeLimitMs = 60_000;

/** A node by its number, from 1, or by its name, as Slurm reports it. */
export type NodeReference = number | string;

export interface ExecOptions {
  /** Added to what Slurm's programs need; nothing of this process's own environment is passed on. */
  readonly env?: Readonly<Record<string, string>>;
  readonly user?: 'root' | 'unprivileged';
  readonly stdin?: string;
  readonly cwd?: string;
  readonly timeLimitMs?: number;
}

/** A real Slurm on this machine, and the means to hurt it. Every change has taken effect when its promise resolves. */
export interface SlurmCluster {
  readonly id: string;
  /** Slurm's name of the cluster. */
  readonly name: string;
  /** The folder of its configuration, logs and state. */
  readonly directory: string;
  /** What a manager needs in its environment to find this Slurm. */
  readonly env: Readonly<Record<string, string>>;
  readonly nodeNames: readonly string[];
  /** An address of this machine that the nodes can reach. */
  readonly hostAddress: string;
  readonly unprivilegedUser: UnprivilegedUser | undefined;

  /** Runs sbatch, squeue or any other program against the cluster. A failure is a result. */
  exec(command: string, args: readonly string[], options?: ExecOptions): Promise<CommandResult>;
  /** Submits a bash script; answers the job's number, throws when Slurm refuses. */
  submit(args: readonly string[], script: string, options?: ExecOptions): Promise<number>;
  queue(): Promise<readonly QueuedJob[]>;
  accountedJobs(jobIds: readonly number[]): Promise<readonly AccountedJob[]>;
  /** Waits for one of the states of squeue, e.g. `RUNNING`; answers the job as it then was. */
  waitForJob(jobId: number, states: readonly string[], timeLimitMs?: number): Promise<QueuedJob>;
  /** Waits until accounting knows an end of the job; answers all its executions. */
  waitForAccountedEnd(jobId: number, timeLimitMs?: number): Promise<readonly AccountedJob[]>;
  /** Slurm's words for the node, e.g. `IDLE`, `DOWN*`, `IDLE+DRAIN`. */
  nodeState(node: NodeReference): Promise<string>;
  waitForNode(node: NodeReference, states: readonly string[], timeLimitMs?: number): Promise<void>;
  /** slurmd and all job processes of the node. */
  nodeProcessIds(node: NodeReference): readonly number[];

  /** Power loss as others see it at once: slurmd and every process of its jobs are killed. */
  killNode(node: NodeReference): Promise<void>;
  /** Only the daemon dies; the job lives on, although Slurm will call the node dead. */
  killSlurmd(node: NodeReference): Promise<void>;
  /** Starts slurmd again, after `killNode` or `killSlurmd`. */
  startNode(node: NodeReference): Promise<void>;
  /** Silent death: nothing on the node runs, no socket is closed. */
  freezeNode(node: NodeReference): Promise<void>;
  thawNode(node: NodeReference): Promise<void>;
  /** Needs the option `networkNamespaces`. */
  partitionNetwork(node: NodeReference): Promise<void>;
  healNetwork(node: NodeReference): Promise<void>;
  /** The folder is empty and read-only for whatever opens it on that node from now on. */
  hideWorkDir(node: NodeReference, path: string): Promise<void>;
  showWorkDir(node: NodeReference): Promise<void>;
  drainNode(node: NodeReference): Promise<void>;
  /** As an administrator: its jobs die at once. */
  downNode(node: NodeReference): Promise<void>;
  resumeNode(node: NodeReference): Promise<void>;

  freezeController(): Promise<void>;
  thawController(): Promise<void>;
  killController(): Promise<void>;
  startController(): Promise<void>;
  stopAccounting(): Promise<void>;
  startAccounting(): Promise<void>;

  /** Nodes for one test alone, see `leaseNodes`; afterwards they are healed, thawed, restarted and resumed. */
  leaseNodes(request: LeaseRequest): Promise<NodeLease>;
}

/** The cluster in that folder (`SlurmCluster.directory`), which another process may have started. */
export function attachSlurmCluster(directory: string): SlurmCluster {
  const record = readRecord(directory);
  if (record === undefined) throw new Error(`there is no Slurm test cluster in ${directory}`);
  return slurmCluster(record);
}

export function slurmCluster(record: ClusterRecord): SlurmCluster {
  const processes = clusterProcesses(record);
  const baseEnv = slurmEnvironment(record);
  const nodeNames = nodeNumbers(record).map((node) => nodeName(record, node));
  const user = record.unprivilegedUserName === undefined ? undefined : findUser(record.unprivilegedUserName);

  const numberOf = (node: NodeReference): number => {
    const number = typeof node === 'number' ? node : nodeNames.indexOf(node) + 1;
    if (nodeNames[number - 1] === undefined) throw new Error(`cluster ${record.id} has no node ${node}`);
    return number;
  };
  const scontrolNode = async (node: NodeReference, ...settings: readonly string[]): Promise<void> => {
    const name = nodeName(record, numberOf(node));
    await outputOf('scontrol', ['update', `NodeName=${name}`, ...settings], { env: baseEnv });
  };
  const setLink = async (node: NodeReference, state: 'up' | 'down'): Promise<void> => {
    if (record.network === 'loopback') throw new Error('the cluster was started without networkNamespaces');
    await setNetworkLink(record.network, numberOf(node), state);
  };

  const cluster: SlurmCluster = {
    id: record.id,
    name: clusterName(record),
    directory: record.directory,
    env: { SLURM_CONF: clusterFiles(record).slurmConf },
    nodeNames,
    hostAddress: hostAddress(record),
    unprivilegedUser: user,

    exec: async (command, args, options = {}) => {
      const { env, user: as = 'root', ...rest } = options;
      if (as === 'root') return runCommand(command, args, { ...rest, env: { HOME: '/root', USER: 'root', ...baseEnv, ...env } });
      if (user === undefined) throw new Error('the cluster was started without unprivilegedUser');
      const identity = { HOME: user.home, USER: user.name, LOGNAME: user.name };
      return runCommand(command, args, { ...rest, user: { uid: user.uid, gid: user.gid }, env: { ...baseEnv, ...identity, ...env } });
    },
    submit: async (args, script, options) =>
      submittedJobId(await cluster.exec('sbatch', ['--parsable', ...args], { ...options, stdin: `#!/bin/bash\n${script}\n` })),
    queue: async () => parseQueue(await outputOf('squeue', queueArguments, { env: { ...baseEnv, ...reportEnvironment } })),
    accountedJobs: async (jobIds) => {
      const args = [...accountingArguments, `--jobs=${jobIds.join(',')}`];
      return parseAccounting(await outputOf('sacct', args, { env: { ...baseEnv, ...reportEnvironment } }));
    },
    waitForJob: (jobId, states, timeLimitMs = 20_000) =>
      waitUntil(`job ${jobId} is ${states.join(' or ')}`, timeLimitMs, async () =>
        (await cluster.queue()).find((job) => job.jobId === jobId && states.includes(job.state)),
      ),
    waitForAccountedEnd: (jobId, timeLimitMs = 20_000) =>
      waitUntil(`accounting knows the end of job ${jobId}`, timeLimitMs, async () => {
        const executions = await cluster.accountedJobs([jobId]);
        return executions.length > 0 && executions.every(isComplete) ? executions : undefined;
      }),
    nodeState: async (node) => {
      const shown = await outputOf('scontrol', ['--oneliner', 'show', 'node', nodeName(record, numberOf(node))], { env: baseEnv });
      return /\bState=(\S+)/.exec(shown)?.[1] ?? '';
    },
    waitForNode: async (node, states, timeLimitMs = 30_000) => {
      await waitUntil(
        `node ${node} is ${states.join(' or ')}`,
        timeLimitMs,
        async () => states.includes(await cluster.nodeState(node)) || undefined,
      );
    },
    nodeProcessIds: (node) => processes.node(numberOf(node)).processIds(),

    killNode: (node) => processes.node(numberOf(node)).kill(),
    killSlurmd: async (node) => {
      const id = slurmdProcessId(record, numberOf(node));
      if (id === undefined) throw new Error(`slurmd of node ${node} does not run`);
      process.kill(id, 'SIGKILL');
      await waitUntil(`slurmd of node ${node} is dead`, 5_000, () => slurmdProcessId(record, numberOf(node)) === undefined || undefined);
    },
    startNode: (node) => startSlurmd(record, numberOf(node)),
    freezeNode: (node) => processes.node(numberOf(node)).freeze(),
    thawNode: (node) => processes.node(numberOf(node)).thaw(),
    partitionNetwork: (node) => setLink(node, 'down'),
    healNetwork: (node) => setLink(node, 'up'),
    hideWorkDir: (node, path) => coverFolder(record, numberOf(node), path),
    showWorkDir: (node) => uncoverFolders(record, numberOf(node)),
    drainNode: (node) => scontrolNode(node, 'State=DRAIN', 'Reason=test'),
    downNode: (node) => scontrolNode(node, 'State=DOWN', 'Reason=test'),
    resumeNode: (node) => scontrolNode(node, 'State=RESUME'),

    freezeController: () => processes.controller.freeze(),
    thawController: () => processes.controller.thaw(),
    killController: () => processes.controller.kill(),
    startController: () => startController(record),
    stopAccounting: () => processes.accounting.kill(),
    startAccounting: () => startAccounting(record),

    leaseNodes: (request) => leaseNodes(record, request, restoreNode),
  };

  async function restoreNode(node: number): Promise<void> {
    await cluster.thawNode(node);
    if (record.network !== 'loopback') await cluster.healNetwork(node);
    await cluster.showWorkDir(node);
    if (slurmdProcessId(record, node) === undefined) await cluster.startNode(node);
    await waitUntil(`node ${node} is in order`, restoreTimeLimitMs, async () => {
      const state = await cluster.nodeState(node);
      if (!/DOWN|DRAIN|UNKNOWN|NOT_RESPONDING|\*/.test(state)) return true;
      // Slurm refuses to resume a node that has returned by itself since we looked.
      await cluster.exec('scontrol', ['update', `NodeName=${nodeName(record, node)}`, 'State=RESUME']);
      return undefined;
    });
  }

  return cluster;
}

const isComplete = (job: AccountedJob): boolean => job.endSeconds !== undefined && job.partition !== '';
