import Type from 'typebox';
import { budget, duration, mapping, oneOf, resourceMapping, scriptLines, size, text, texts, wholeNumber } from './schema-parts.ts';

const policies = oneOf(['maximize_running', 'minimize_jobs', 'min_saturation']);

const saturation = Type.Number({ exclusiveMinimum: 0, maximum: 1, expects: 'a share of a node above 0 and at most 1, such as 0.5' });

const unitOfBills = Type.String({ pattern: '^[A-Za-z€$][A-Za-z0-9€$/_-]{0,15}$', expects: 'a unit such as node-h, core-h, GPU-h or EUR' });

/** Keys that every cluster has. `min_saturation` alone stands for the share in `defaultSaturation`. */
const common = {
  cores: Type.Optional(wholeNumber(1)),
  memory: Type.Optional(size),
  max_jobs: wholeNumber(0),
  num_slots: wholeNumber(1),
  scaling_policy: Type.Optional(
    Type.Union([policies, mapping({ min_saturation: saturation })], {
      expects: 'maximize_running, minimize_jobs or {min_saturation: 0.5}',
    }),
  ),
  cuda_devices_per_slot: Type.Optional(wholeNumber(0)),
  resources: Type.Optional(resourceMapping({})),
  budget: Type.Optional(budget),
  walltime: Type.Optional(duration),
  idle_timeout: Type.Optional(duration),
  grace: Type.Optional(duration),
  environment: Type.Optional(oneOf(['inherit', 'clean'])),
  billing: Type.Optional(
    Type.Union(
      [
        unitOfBills,
        mapping({ unit: unitOfBills, per_node_hour: Type.Optional(Type.Number({ exclusiveMinimum: 0, expects: 'a number above 0' })) }),
      ],
      {
        expects: 'a unit such as core-h, or {unit: EUR, per_node_hour: 1.5}',
      },
    ),
  ),
  consolidation: Type.Optional(oneOf(['aggressive', 'balanced', 'off'])),
  lease: Type.Optional(duration),
  fs_staleness: Type.Optional(duration),
  link_patience: Type.Optional(duration),
  on_manager_lost: Type.Optional(
    Type.Union([Type.Literal('finish'), mapping({ stop_after: duration })], {
      expects: 'finish or {stop_after: 60m}',
    }),
  ),
  log_limit: Type.Optional(size),
};

/** Keys of a Slurm cluster, under the names that dask-jobqueue gave them, the older ones included. */
const slurmOnly = {
  queue: Type.Optional(text),
  account: Type.Optional(text),
  project: Type.Optional(text),
  interface: Type.Optional(text),
  job_extra_directives: Type.Optional(texts),
  job_extra: Type.Optional(texts),
  job_script_prologue: Type.Optional(scriptLines),
  env_extra: Type.Optional(scriptLines),
  job_directives_skip: Type.Optional(texts),
  header_skip: Type.Optional(texts),
  job_cpu: Type.Optional(wholeNumber(1)),
  job_mem: Type.Optional(size),
  log_directory: Type.Optional(text),
  poll_interval: Type.Optional(duration),
  exclude: Type.Optional(Type.Union([text, texts], { expects: 'host names of nodes, one text or a list' })),
};

const notYet = {
  link_port: 'nodes connect to a port that the system chooses',
};

/** Keys of dask-jobqueue that its users have in their files. Each says who does that work here, or why nobody does. */
const daskOnly = {
  name: 'a cluster has the name that it stands under',
  processes: 'num_slots says how many runs one node takes',
  n_workers: 'nodes are requested as the work needs them, up to max_jobs',
  python: 'nodes bring their own program; executor.venv chooses the Python of a run',
  nanny: 'there are no Dask workers',
  worker_command: 'there are no Dask workers',
  worker_extra_args: 'there are no Dask workers',
  extra: 'there are no Dask workers',
  local_directory: 'there are no Dask workers',
  death_timeout: 'a node without a manager finishes its runs and leaves',
  shebang: 'the job script is always read by bash',
  protocol: 'nodes connect by one encrypted protocol',
  security: 'nodes connect by one encrypted protocol',
  host: 'interface chooses the network',
  dashboard_address: 'the pages of this program replace the dashboard',
  scheduler_options: 'there is no Dask scheduler',
  scheduler_cls: 'there is no Dask scheduler',
  shared_temp_directory: 'certificates are not needed',
  silence_logs: 'logs are in the work-dir',
  asynchronous: 'it concerns Python programs only',
  config_name: 'Dask configuration files are not read',
};

export const localClusterSchema = mapping(
  { type: Type.Literal('local'), ...common },
  {
    notYet,
    ignored: { ...daskOnly, ...Object.fromEntries(Object.keys(slurmOnly).map((key) => [key, 'it concerns Slurm clusters only'])) },
  },
);

export const slurmClusterSchema = mapping({ type: Type.Literal('slurm'), ...common, ...slurmOnly }, { notYet, ignored: daskOnly });

/** What a cluster must have before the schema of its type can be chosen. */
export const anyClusterSchema = Type.Object({ type: oneOf(['local', 'slurm']) });

export type LocalClusterSource = Type.Static<typeof localClusterSchema>;
export type SlurmClusterSource = Type.Static<typeof slurmClusterSchema>;
