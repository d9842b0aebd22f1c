import { clusterFiles, clusterName, hostAddress, nodeName, nodeNumbers, type ClusterRecord } from './cluster-record.ts';
import type { SlurmPartition } from './options.ts';

/** The text of slurm.conf: many slurmd on one machine, timers for tests, scheduling without delay. */
export function slurmConf(record: ClusterRecord): string {
  const files = clusterFiles(record);
  const { options, ports } = record;
  const { timers } = options;
  return lines([
    `ClusterName=${clusterName(record)}`,
    `SlurmctldHost=${record.hostName}(${hostAddress(record)})`,
    `SlurmctldPort=${ports.controller}`,
    'SlurmUser=root',
    'SlurmdUser=root',
    'AuthType=auth/munge',
    'CredType=cred/munge',
    `AuthInfo=socket=${files.mungeSocket},cred_expire=${timers.credentialSeconds}`,
    `StateSaveLocation=${files.controllerState}`,
    `SlurmdSpoolDir=${files.spool}/%n`,
    `SlurmctldPidFile=${files.run}/slurmctld.pid`,
    `SlurmdPidFile=${files.run}/slurmd.%n.pid`,
    `SlurmctldLogFile=${files.logs}/slurmctld.log`,
    `SlurmdLogFile=${files.logs}/slurmd.%n.log`,
    // The nodes' processes are held together by our own process groups, so Slurm needs no privileges over cgroups.
    'ProctrackType=proctrack/linuxproc',
    'TaskPlugin=task/none',
    'JobAcctGatherType=jobacct_gather/none',
    'MpiDefault=none',
    'SwitchType=switch/none',
    'MailProg=/bin/true',
    // Believe CPUs and memory of the configuration, whatever the machine has.
    'SlurmdParameters=config_overrides',
    // A node that was only silent returns by itself; one that an administrator set down stays so until it is resumed.
    'ReturnToService=1',
    `SlurmdTimeout=${timers.slurmdTimeoutSeconds}`,
    `MessageTimeout=${timers.messageTimeoutSeconds}`,
    `MinJobAge=${timers.minJobAgeSeconds}`,
    `KillWait=${timers.killWaitSeconds}`,
    'SlurmctldTimeout=30',
    'BatchStartTimeout=10',
    'UnkillableStepTimeout=30',
    'CompleteWait=0',
    'JobRequeue=1',
    // As at most sites: a job over its partition's limits is accepted and waits for ever.
    'EnforcePartLimits=NO',
    'SchedulerType=sched/backfill',
    'SchedulerParameters=bf_interval=1,sched_interval=2,batch_sched_delay=0,sched_min_interval=0',
    'SelectType=select/cons_tres',
    'SelectTypeParameters=CR_Core_Memory',
    'PreemptType=preempt/partition_prio',
    'PreemptMode=REQUEUE',
    'JobCompType=jobcomp/none',
    ...(options.gpusPerNode > 0 ? ['GresTypes=gpu'] : []),
    ...accountingLines(record),
    ...nodeNumbers(record).map((node) => nodeLine(record, node)),
    ...options.partitions.map((partition) => `PartitionName=${partition.name} ${partitionSettings(record, partition).join(' ')}`),
  ]);
}

/** The settings of a partition as slurm.conf and `scontrol create` take them, its name excepted. */
export function partitionSettings(record: ClusterRecord, partition: SlurmPartition): readonly string[] {
  const nodes = partition.nodes?.map((node) => nodeName(record, node)).join(',') ?? 'ALL';
  return [
    `Nodes=${nodes}`,
    `Default=${partition.isDefault === true ? 'YES' : 'NO'}`,
    `MaxTime=${partition.maxTimeMinutes ?? 'UNLIMITED'}`,
    `DefaultTime=${Math.min(5, partition.maxTimeMinutes ?? 5)}`,
    `PriorityTier=${partition.priorityTier ?? 10}`,
    `PreemptMode=${partition.preemptMode ?? 'OFF'}`,
    `GraceTime=${partition.graceSeconds ?? 0}`,
    'OverSubscribe=NO',
    `State=${partition.state ?? 'UP'}`,
  ];
}

function accountingLines(record: ClusterRecord): readonly string[] {
  if (!record.options.accounting) return ['AccountingStorageType=accounting_storage/none'];
  return [
    'AccountingStorageType=accounting_storage/slurmdbd',
    `AccountingStorageHost=${hostAddress(record)}`,
    `AccountingStoragePort=${record.ports.accounting}`,
    `AccountingStoragePass=${clusterFiles(record).mungeSocket}`,
    'AccountingStorageEnforce=associations,limits,qos',
    'AccountingStoreFlags=job_comment',
    ...(record.options.gpusPerNode > 0 ? ['AccountingStorageTRES=gres/gpu'] : []),
  ];
}

function nodeLine(record: ClusterRecord, node: number): string {
  const { options, network, ports } = record;
  const address = network === 'loopback' ? '127.0.0.1' : `${network.prefix}.${node}`;
  const gpus = options.gpusPerNode > 0 ? [`Gres=gpu:${options.gpusPerNode}`] : [];
  return [
    `NodeName=${nodeName(record, node)}`,
    `NodeAddr=${address}`,
    `Port=${ports.firstNode + node - 1}`,
    `CPUs=${options.cpusPerNode}`,
    `RealMemory=${options.memoryMbPerNode}`,
    ...gpus,
    'State=UNKNOWN',
  ].join(' ');
}

/** The text of gres.conf: the GPUs are device files that all nodes share. */
export function gresConf(record: ClusterRecord): string {
  const devices = `${clusterFiles(record).devices}/gpu[0-${record.options.gpusPerNode - 1}]`;
  return lines(['AutoDetect=off', ...nodeNumbers(record).map((node) => `NodeName=${nodeName(record, node)} Name=gpu File=${devices}`)]);
}

/** The text of slurmdbd.conf; the database is reached by its socket, see `startDatabase`. */
export function slurmdbdConf(record: ClusterRecord): string {
  const files = clusterFiles(record);
  return lines([
    'AuthType=auth/munge',
    `AuthInfo=socket=${files.mungeSocket}`,
    `DbdHost=${record.hostName}`,
    `DbdAddr=${hostAddress(record)}`,
    `DbdPort=${record.ports.accounting}`,
    'SlurmUser=root',
    'StorageType=accounting_storage/mysql',
    'StorageHost=localhost',
    'StorageUser=root',
    `StorageLoc=${clusterName(record)}`,
    `LogFile=${files.logs}/slurmdbd.log`,
    `PidFile=${files.run}/slurmdbd.pid`,
  ]);
}

const lines = (texts: readonly string[]): string => `${texts.join('\n')}\n`;
