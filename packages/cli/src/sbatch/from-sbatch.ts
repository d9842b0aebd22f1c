import { CommandError } from '../command-error.ts';
import { exitCodes } from '../exit-codes.ts';
import type { ArrayIndices } from './parse-sbatch.ts';
import { parseArray, parseSbatch } from './parse-sbatch.ts';

export interface SbatchInput {
  /** As the user named it, for messages. */
  readonly name: string;
  readonly text: string;
  /** Where sbatch would have been called: the script is executed there. */
  readonly directory: string;
}

export interface FromSbatch {
  /** Paths in the def-dir and their contents. */
  readonly files: Readonly<Record<string, string>>;
  /** What could not be carried over, a sentence each. */
  readonly notes: readonly string[];
}

/** Options that become something else here, or mean nothing: nodes are asked for whole, and their output is kept with the run. */
const carriedOver = new Set([
  'account',
  'array',
  'chdir',
  'cpus-per-task',
  'error',
  'exclude',
  'exclusive',
  'job-name',
  'nodes',
  'ntasks',
  'ntasks-per-node',
  'output',
  'partition',
  'time',
  'mem',
  'mem-per-cpu',
  'open-mode',
  'export',
  'requeue',
  'no-requeue',
  'signal',
  'parsable',
]);
const without: Readonly<Record<string, string>> = {
  dependency: 'depends_on orders runs',
  'mail-type': 'nothing is mailed',
  'mail-user': 'nothing is mailed',
  begin: 'runs start when they are resumed',
  wait: 'juqueue wait waits',
  nodelist: 'exclude names nodes that are not wanted',
  clusters: 'each cluster has its own Slurm',
};

/** Definitions that execute this batch script as it is: an array becomes a matrix with a run for each index. */
export function fromSbatch({ name, text, directory }: SbatchInput): FromSbatch {
  const { options, array, srunLines } = parseSbatch(text);
  const indices = array === null ? null : parseArray(array);
  if (array !== null && indices === null)
    throw new CommandError(
      exitCodes.badInput,
      'JQ_BAD_REQUEST',
      `${name}: the array is '${array}', expected indices such as 1-10, 0-100:5 or 1,3,8-9.`,
    );
  const script = name.slice(name.lastIndexOf('/') + 1);
  const experiment = nameOf(options.get('job-name') ?? script.replace(/\.[^.]*$/, ''));
  const notes = [
    ...srunLines.map((line) => `${name}:${line}: srun is not needed: a run is executed on its node already; remove it.`),
    ...Object.entries(without).flatMap(([key, why]) => (options.has(key) ? [`--${key} is left out: ${why}.`] : [])),
    ...['nodes', 'ntasks'].flatMap((key) =>
      Number(options.get(key) ?? 1) > 1 ? [`--${key}=${options.get(key)} is left out: a run stays on one node.`] : [],
    ),
  ];
  return {
    files: {
      'clusters.yaml': clusters(options),
      [`experiments/${experiment}.yaml`]: experimentText(experiment, script, options, indices, directory),
      [`scripts/${script}`]: text,
    },
    notes,
  };
}

type Options = ReadonlyMap<string, string>;

function clusters(options: Options): string {
  const extra = [...options]
    .filter(([key]) => !carriedOver.has(key) && !(key in without))
    .map(([key, value]) => `--${key}${value === '' ? '' : `=${value}`}`);
  const cpus = options.get('cpus-per-task');
  const lines = [
    '# yaml-language-server: $schema=schemas/clusters.json',
    'slurm:',
    '  type: slurm',
    ...optional('queue', options.get('partition')),
    ...optional('account', options.get('account')),
    ...(options.has('time')
      ? [
          `  walltime: ${quoted(duration(options.get('time') ?? ''))}       # longer nodes take more runs, one after the other; at most the limit of the partition`,
        ]
      : []),
    '  max_jobs: 1               # nodes at the same time',
    `  num_slots: 4              # runs at the same time on each node: its cores divided by ${cpus === undefined ? 'those that a run needs' : cpus}`,
    ...(extra.length === 0 ? [] : [`  job_extra_directives: [${extra.map(quoted).join(', ')}]`]),
    ...optional('exclude', options.get('exclude')),
  ];
  return `${lines.join('\n')}\n`;
}

function experimentText(experiment: string, script: string, options: Options, indices: ArrayIndices | null, directory: string): string {
  const cpus = options.get('cpus-per-task');
  const env = [
    ...(cpus === undefined ? [] : [['SLURM_CPUS_PER_TASK', cpus]]),
    ...(indices === null ? [] : [['SLURM_ARRAY_TASK_ID', '{task}']]),
  ];
  const needsDevices = ['gres', 'gpus', 'gpus-per-node', 'gpus-per-task'].some((key) => options.has(key));
  const lines = [
    '# yaml-language-server: $schema=../schemas/experiment.json',
    `name: ${experiment}`,
    '',
    'defaults:',
    '  cluster: slurm',
    `  cmd: [bash, -c, ${quoted('exec bash "$0"')}, ${quoted(`{def_dir}/scripts/${script}`)}]   # the script gets no arguments, as from sbatch`,
    ...(options.has('time') ? [`  time: ${quoted(duration(options.get('time') ?? ''))}`] : []),
    '  checkpoint: none          # or how it resumes, such as {every: 10m}: then nodes are given back sooner',
    '  executor:',
    `    cwd: ${quoted(options.get('chdir') ?? directory)}`,
    ...(needsDevices ? ['    cuda: true'] : []),
    ...(env.length === 0 ? [] : [`    env: {${env.map(([key, value]) => `${key}: ${quoted(value ?? '')}`).join(', ')}}`]),
    '',
    ...(indices === null ? ['runs:', '  - id: main'] : ['matrix:', `  task: ${written(indices)}`, 'id: "task{task}"']),
  ];
  return `${lines.join('\n')}\n`;
}

function written(indices: ArrayIndices): string {
  if (!('from' in indices)) return `[${indices.join(', ')}]`;
  const { from, to, step } = indices;
  return `{from: ${from}, to: ${to}${step === 1 ? '' : `, step: ${step}`}}`;
}

function optional(key: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [`  ${key}: ${quoted(value)}`];
}

/** Slurm's times in ours: minutes, M:S, H:M:S, D-H, D-H:M, D-H:M:S. */
function duration(text: string): string {
  const match = /^(?:(\d+)-)?(\d+)(?::(\d+))?(?::(\d+))?$/.exec(text);
  if (match === null) return text;
  const [, days, ...groups] = match;
  const numbers = groups.filter((group) => group !== undefined).map(Number);
  // What stands first are hours behind days or where there are three numbers, else minutes.
  const [hours = 0, minutes = 0, seconds = 0] = days !== undefined || numbers.length === 3 ? numbers : [0, ...numbers];
  const total = (Number(days ?? 0) * 24 + hours) * 3600 + minutes * 60 + seconds;
  const parts = [`${Math.floor(total / 3600)}h`, `${Math.floor((total % 3600) / 60)}m`, `${total % 60}s`].filter(
    (part) => !/^0[hms]$/.test(part),
  );
  return parts.length === 0 ? '1m' : parts.join('');
}

/** Names of experiments are folders. */
function nameOf(text: string): string {
  return text.replace(/[^A-Za-z0-9._\-+=,]/g, '_').replace(/^[.-]+/, '') || 'sbatch';
}

/** Every JSON text is a YAML text. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
