import type { SubmitOutcome } from '@juqueue/core';

/** What a person has to change before a submission can succeed; the `code` of a refusal. */
export type RefusalCode =
  'account' | 'partition' | 'qos' | 'time-limit' | 'resources' | 'reservation' | 'site-rules' | 'options' | 'programs-missing';

type Failure = Exclude<SubmitOutcome, { readonly kind: 'submitted' }>;

/** Slurm's words for what a person has to change. The first that matches decides. */
const permanent: readonly (readonly [pattern: RegExp, code: RefusalCode])[] = [
  [/invalid account or account\/partition|invalid account|no account specified|must specify (an )?account/i, 'account'],
  [
    /invalid partition|not permitted to use this partition|partition .{0,40}(not available|does not exist)|user's group not permitted|no partition specified/i,
    'partition',
  ],
  [/invalid qos|qos .{0,20}not permitted/i, 'qos'],
  [
    /requested time limit is invalid|invalid (--)?time(-min)? |time limit specification|invalid time limit|missing a time limit|time_?limit .{0,40}(exceed|not set|required)/i,
    'time-limit',
  ],
  [
    /requested reservation is invalid|reservation .{0,40}(invalid|not usable|expired)|access denied to requested reservation/i,
    'reservation',
  ],
  [
    /requested node configuration is not available|more processors requested than permitted|node count specification invalid|invalid generic resource|memory specification can ?not be satisfied|invalid feature|invalid node name|invalid trackable resource|requested gres option unsupported|(partition|job).{0,30}(node|cpu|task) (count|limit)/i,
    'resources',
  ],
  [
    /unrecognized option|invalid option|doesn't allow an argument|requires an argument|option .{0,40}(ambiguous|invalid)|invalid .{0,20}specification|DOS line breaks|invalid directory/i,
    'options',
  ],
  [/cli_filter plugin terminated|\blua:|job_submit plugin|unspecified error/i, 'site-rules'],
];

/** Limits that a person or plan meets with one job alone: no waiting for others makes it fit. */
const perJobLimit = /\b(QOS|Assoc|Max|Min)\w*(PerJob|MaxWall|WallDuration|MinNode|MinCpu|MinGRES|PerNode)\w*/;
/** Limits that pass when other jobs end. */
const passingLimit =
  /\b(QOS|Assoc)\w*(Limit|Per\w+)\b|\bviolates accounting\/QOS policy|too many simultaneous jobs|\bMaxSubmit\w*|\bMaxJob\w*|job submit limit/i;

/** Answers of a controller that has certainly not made a job: it was not reached, or said so itself. */
const notMade =
  /\(connect failure\)|in standby mode|temporarily unable to accept|job queue full|unable to create job record, try again|rate limit exceeded|munge encode failed|protocol authentication error|authentication credential|unable to process configuration file|could not establish a configuration source|invalid user for slurmuser|system submissions disabled|job creation temporarily disabled|unable to open file/i;

/**
 * What a submission without a job number came to, by what sbatch said. `refused` and `held-back` only where Slurm's words
 * leave no doubt that there is no job; anything else is `unknown`, because the controller may have made the job before
 * its answer was lost.
 */
export function classifyFailure(stderr: string, fallback: string): Failure {
  const message = sentence(stderr, fallback);
  if (lostAnswer.test(stderr)) return { kind: 'unknown', message };
  if (perJobLimit.test(stderr)) return { kind: 'refused', code: 'site-rules', message };
  // The specific limit stands on a line before Slurm's general sentence, which names users, sizes and times alike.
  if (passingLimit.test(stderr)) return { kind: 'held-back', message };
  if (notMade.test(stderr)) return { kind: 'held-back', message };
  const code = permanent.find(([pattern]) => pattern.test(stderr))?.[1];
  return code === undefined ? { kind: 'unknown', message } : { kind: 'refused', code, message };
}

/** The request may have been carried out although its answer did not come. */
const lostAnswer =
  /socket timed out|zero bytes were transmitted|message (send|receive) failure|\((send|receive) failure\)|unexpected message received|transport endpoint|connection reset/i;

/** What sbatch said as one line, without its own name before each part. */
function sentence(stderr: string, fallback: string): string {
  const lines = stderr.split('\n').map((line) => line.replace(/^sbatch: (error: )?/, '').trim());
  return (
    lines
      .filter((line) => line !== '')
      .join('; ')
      .slice(0, maxMessageLength) || fallback
  );
}

/** Site plugins print pages; the first of it tells. */
const maxMessageLength = 1_000;
