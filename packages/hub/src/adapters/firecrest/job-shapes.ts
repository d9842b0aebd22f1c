import { constants } from 'node:os';
import type { SubmittedJob } from '../../jobs/read-submission.ts';
import type { AgentView } from '../../model/agent.ts';
import type { JobState } from '../../model/job.ts';
import { objectOf, textOf } from '../requests.ts';
import type { Transfer } from './transfers.ts';

/** The queue of these jobs, and what their clients see as the partition of a system. */
export const queue = 'firecrest';

/** An agent as a node: what clients ask for is whether there is room. */
export function nodeView({ name, hostname, room }: AgentView, system: string, isHeard: boolean) {
  const open = room?.openSlots ?? 0;
  return {
    name,
    hostname,
    address: hostname,
    state: isHeard ? [room?.isDraining === true ? 'DRAIN' : open > 0 ? 'IDLE' : 'ALLOCATED'] : ['DOWN'],
    cpus: open,
    idleCpus: room?.freeSlots ?? 0,
    partitions: [queue],
    features: [system],
    sockets: null,
    cores: null,
    threads: null,
    cpuLoad: null,
    freeMemory: null,
    weight: null,
    allocMemory: null,
    allocCpus: null,
  };
}

/** The job that is meant; its folder and its script are told apart. Directives of the script that the hub has words for hold. */
export function newJob(system: string, job: Readonly<Record<string, unknown>>, script: string): SubmittedJob {
  const directives = directivesOf(script);
  const name = textOf(job['name']) ?? directives.get('job-name') ?? null;
  const cpus = Number(directives.get('cpus-per-task') ?? 1) * Number(directives.get('ntasks') ?? 1);
  const timeLimitMs = slurmTimeMs(directives.get('time'));
  const interpreter = /^#!\s*(\S.*)$/m
    .exec(script.split('\n', 1)[0] ?? '')?.[1]
    ?.trim()
    .split(/\s+/) ?? ['/bin/bash'];
  const env = Object.fromEntries(Object.entries(objectOf(job['env']) ?? {}).map(([key, value]) => [key, String(value)]));
  return {
    queue,
    ...(name === null ? {} : { name }),
    command: { kind: 'script', script, interpreter },
    env,
    resources: { slots: 1, ...(Number.isInteger(cpus) && cpus > 1 ? { cpus } : {}) },
    ...(timeLimitMs === null ? {} : { timeLimitMs }),
    cluster: system,
    labels: {
      'firecrest.folder': textOf(job['workingDirectory']) ?? '',
      ...Object.fromEntries(
        ['account', 'partition'].flatMap((key) => (textOf(job[key]) === null ? [] : [[`firecrest.${key}`, String(job[key])]])),
      ),
    },
  };
}

/** `#SBATCH --key=value` and `--key value` before the first command. */
function directivesOf(script: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const line of script.split('\n')) {
    if (line.trim() !== '' && !line.startsWith('#')) break;
    const [, key, value] = /^#SBATCH\s+--([a-z-]+)(?:=|\s+)(\S+)/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) found.set(key, value);
  }
  return found;
}

/** Milliseconds of Slurm's `min`, `min:s`, `h:min:s`, `d-h`, `d-h:min`, `d-h:min:s`; null without one. */
function slurmTimeMs(text: string | undefined): number | null {
  const [, days, rest = ''] = /^(?:(\d+)-)?([\d:]+)$/.exec(text ?? '') ?? [];
  if (rest === '') return null;
  const parts = rest.split(':').map(Number);
  const [first = 0, second = 0, third = 0] = parts;
  const seconds =
    days !== undefined
      ? first * 3_600 + second * 60 + third
      : parts.length === 3
        ? first * 3_600 + second * 60 + third
        : first * 60 + second;
  return (Number(days ?? 0) * 86_400 + seconds) * 1_000;
}

export function jobView(job: JobState, system: string) {
  const startMs = job.result?.startedAtMs ?? job.attempt?.startedAtMs ?? null;
  const endMs = job.endedAtMs;
  const seconds = (atMs: number | null): number | null => (atMs === null ? null : Math.floor(atMs / 1_000));
  const { labels } = job.order;
  return {
    jobId: job.id,
    name: job.order.name ?? 'job',
    status: {
      state: stateOf(job),
      stateReason: job.detail ?? job.reason,
      exitCode: job.result?.exitCode ?? null,
      interruptSignal: signalNumber(job.result?.signal ?? null),
    },
    tasks: [],
    time: {
      elapsed: startMs === null || endMs === null ? 0 : seconds(endMs - startMs),
      start: seconds(startMs),
      end: seconds(endMs),
      suspended: 0,
      limit: null,
    },
    account: labels['firecrest.account'] ?? null,
    allocationNodes: 1,
    cluster: system,
    group: job.owner,
    nodes: job.result?.place.node ?? job.attempt?.place?.node ?? '',
    partition: labels['firecrest.partition'] ?? job.order.queue,
    priority: job.order.priority,
    killRequestUser: job.cancelRequested?.by ?? null,
    user: job.owner,
    workingDirectory: labels['firecrest.folder'] ?? '',
  };
}

function signalNumber(name: string | null): number | null {
  return Object.entries(constants.signals).find(([each]) => each === name)?.[1] ?? null;
}

/** A transfer, as clients that wait for its job see it. */
export function transferView({ id, system, owner, state, startedAtMs }: Transfer) {
  const start = Math.floor(startedAtMs / 1_000);
  return {
    jobId: id,
    name: 'transfer',
    status: { state, stateReason: null, exitCode: state === 'COMPLETED' ? 0 : null, interruptSignal: null },
    tasks: [],
    time: { elapsed: 0, start, end: state === 'COMPLETED' ? start : null, suspended: 0, limit: null },
    account: null,
    allocationNodes: 0,
    cluster: system,
    group: owner,
    nodes: '',
    partition: '',
    priority: 0,
    killRequestUser: null,
    user: owner,
    workingDirectory: '/',
  };
}

function stateOf({ status, reason }: JobState): string {
  const words = {
    created: 'PENDING',
    queued: 'PENDING',
    claimed: 'PENDING',
    running: 'RUNNING',
    finished: 'COMPLETED',
    failed: 'FAILED',
    cancelled: 'CANCELLED',
    dead: 'NODE_FAIL',
  } as const;
  return status === 'failed' && reason === 'time-limit' ? 'TIMEOUT' : words[status];
}
