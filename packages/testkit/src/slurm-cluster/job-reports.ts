import type { CommandResult } from './run-command.ts';

/** A job as squeue shows it. Times are seconds since 1970; undefined when Slurm has none. */
export interface QueuedJob {
  readonly jobId: number;
  readonly name: string;
  readonly state: string;
  readonly reason: string;
  readonly partition: string;
  /** Names of its nodes as Slurm abbreviates them; empty while it waits. */
  readonly nodeList: string;
  readonly startSeconds: number | undefined;
  readonly endSeconds: number | undefined;
}

/**
 * One execution of a job as sacct accounts it; a requeued job has several of the same number.
 *
 * slurmctld tells slurmdbd of ends at once and of the rest up to five seconds later: until then a job that ended
 * quickly is called `allocation` and has no partition.
 */
export interface AccountedJob {
  readonly jobId: number;
  readonly name: string;
  /** Slurm's first word: `CANCELLED`, not `CANCELLED by 0`. */
  readonly state: string;
  /** `status:signal`. */
  readonly exitCode: string;
  readonly account: string;
  readonly partition: string;
  readonly nodeList: string;
  readonly submitSeconds: number;
  readonly startSeconds: number | undefined;
  readonly endSeconds: number | undefined;
  /** What the execution is billed for, per node. */
  readonly elapsedSeconds: number;
}

/** What a Slurm command is asked with: the times as numbers. */
export const reportEnvironment = { SLURM_TIME_FORMAT: '%s' } as const;

export const queueArguments: readonly string[] = ['--noheader', '--states=all', '--format=%A|%T|%r|%P|%N|%S|%e|%j'];

export function parseQueue(output: string): readonly QueuedJob[] {
  return rows(output).map(([jobId = '', state = '', reason = '', partition = '', nodeList = '', start = '', end = '', ...name]) => ({
    jobId: Number(jobId),
    name: name.join('|'),
    state,
    reason,
    partition,
    nodeList,
    startSeconds: seconds(start),
    endSeconds: seconds(end),
  }));
}

/** All users, all executions, whole jobs only, since ever: sacct's own default is today's jobs of the caller. */
export const accountingArguments: readonly string[] = [
  '--allusers',
  '--duplicates',
  '--allocations',
  '--noheader',
  '--parsable2',
  '--starttime=2000-01-01',
  '--format=JobIDRaw,State,ExitCode,Account,Partition,NodeList,Submit,Start,End,ElapsedRaw,JobName',
];

export function parseAccounting(output: string): readonly AccountedJob[] {
  return rows(output).map(
    ([
      jobId = '',
      state = '',
      exitCode = '',
      account = '',
      partition = '',
      nodes = '',
      submit = '',
      start = '',
      end = '',
      elapsed = '',
      ...name
    ]) => ({
      jobId: Number(jobId),
      name: name.join('|'),
      state: state.split(' ')[0] ?? state,
      exitCode,
      account,
      partition,
      nodeList: nodes === 'None assigned' ? '' : nodes,
      submitSeconds: Number(submit),
      startSeconds: seconds(start),
      endSeconds: seconds(end),
      elapsedSeconds: Number(elapsed),
    }),
  );
}

/** The number of a job from the answer of `sbatch --parsable`; throws with Slurm's refusal when there is none. */
export function submittedJobId({ status, stdout, stderr }: CommandResult): number {
  const jobId = /^(\d+)(?:;.*)?$/m.exec(stdout)?.[1];
  if (status !== 0 || jobId === undefined) throw new Error(`sbatch refused (status ${status}): ${stderr.trim()}`);
  return Number(jobId);
}

const rows = (output: string): readonly (readonly string[])[] =>
  output
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('|'));

const seconds = (text: string): number | undefined => (/^\d+$/.test(text) ? Number(text) : undefined);
