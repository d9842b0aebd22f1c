import type { JobSummary } from '@juqueue/client/hub';
import { formatBytes } from '../format/amount.ts';
import type { RunStatus } from '../parts/status.ts';

export type JobStatus = JobSummary['status'];

/** In the order in which a person wants to know of them. */
export const jobStatuses: readonly JobStatus[] = ['dead', 'failed', 'running', 'claimed', 'queued', 'created', 'finished', 'cancelled'];

/** Statuses after which nothing follows by itself. */
export const finalStatuses: readonly JobStatus[] = ['finished', 'failed', 'cancelled', 'dead'];

/** The mark of a run that says the same. */
export function markOf(status: JobStatus): RunStatus {
  switch (status) {
    case 'finished':
    case 'failed':
    case 'running':
      return status;
    case 'dead':
      return 'failed';
    case 'claimed':
    case 'queued':
      return 'ready';
    case 'created':
    case 'cancelled':
      return 'inactive';
  }
}

/** Why no agent has taken a job yet, for people. */
const obstacles: Readonly<Record<NonNullable<JobSummary['waitsFor']>, string>> = {
  'no-agent': 'no agent can execute it',
  'host-not-allowed': 'no agent lets its owner execute without a container',
  'too-large': 'it asks for more than any agent has',
  'agent-silent': 'the agents that could are silent',
  draining: 'the agents that could are draining',
  declined: 'the agents that could have declined it, and are asked again',
  busy: 'the agents that could are busy',
};

/** What stands beside the status word; null when the word says it all. */
export function jobNote(job: Pick<JobSummary, 'status' | 'reason' | 'result' | 'waitsFor' | 'cancelRequested'>): string | null {
  if (job.cancelRequested !== null && !finalStatuses.includes(job.status)) return 'is asked to end';
  if (job.status === 'failed' && job.result?.exitCode !== null && job.result !== null) return `exit ${job.result.exitCode}`;
  if (job.status === 'queued' && job.waitsFor !== null) return obstacles[job.waitsFor];
  return job.reason === null || job.reason === 'exit' ? null : job.reason;
}

/** What the job executes, in one line. */
export function commandLine(
  command: { readonly kind: 'argv'; readonly argv: readonly string[] } | { readonly kind: 'script'; readonly script: string } | null,
): string {
  if (command === null) return 'what its profile says';
  return command.kind === 'argv' ? command.argv.join(' ') : command.script;
}

/** `slots 4, mem 16 GiB`: what a job needs or an agent has. */
export function resourceText(resources: Readonly<Record<string, number>>): string {
  return Object.entries(resources)
    .map(([name, amount]) => `${name} ${name === 'mem' ? formatBytes(amount) : amount}`)
    .join(', ');
}
