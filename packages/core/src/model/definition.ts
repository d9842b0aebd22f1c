import type { Budget, ExperimentLimits } from './budget.ts';
import type { ClusterName, ExperimentName, RunName } from './ids.ts';

export type ParameterValue = string | number | boolean;

/** How a run survives a stop. `undeclared` is what stands when the definition says nothing. */
export type CheckpointContract =
  | { readonly kind: 'undeclared' }
  | { readonly kind: 'none' }
  | { readonly kind: 'assumed' }
  | { readonly kind: 'every'; readonly everyMs: number }
  | { readonly kind: 'signal'; readonly signal: SignalName; readonly graceMs: number; readonly exitCode: number };

/** Signals that a definition may name for a checkpoint request. */
export type SignalName = 'USR1' | 'USR2' | 'TERM' | 'INT' | 'HUP' | 'CONT';

export interface ExecutorDefinition {
  readonly env: Readonly<Record<string, string>>;
  readonly venv: string | null;
  readonly pythonSearchPath: readonly string[];
  readonly prependScript: readonly string[];
  readonly cuda: boolean;
  /** Where the command starts; without it in the run directory. Absolute, or with variables of the node. */
  readonly cwd?: string;
  /** File from which it reads its standard input; without it there is none. */
  readonly stdin?: string;
  /** Octal digits. */
  readonly umask?: string;
  /** Whether login files are read before the command, which on many clusters define `module`. */
  readonly loginShell?: boolean;
  /** Whether each slot has processors of its own; without it where the processors of a node divide evenly. */
  readonly cpuBinding?: boolean;
  readonly container?: ContainerDefinition;
}

export const containerRuntimes = ['apptainer', 'singularity', 'podman', 'docker', 'charliecloud'] as const;
export type ContainerRuntime = (typeof containerRuntimes)[number];

/** The run directory is `/work` in it. Paths are absolute, or begin with a variable of the node. */
export interface ContainerDefinition {
  readonly runtime: ContainerRuntime;
  /** `docker://name:tag`, `oras://…`, with a digest or without; a file or folder; for docker and podman also a bare name. */
  readonly image: string;
  /** `source`, `source:target` or `source:target:ro`. */
  readonly bind: readonly string[];
  /** Host folders, seen as `/input` (read only) and `/output`. */
  readonly input: string | null;
  readonly output: string | null;
  readonly gpu: 'nvidia' | 'rocm' | null;
  readonly network: 'host' | 'none';
  /** Whether only the executor's variables and ours come in. With docker and podman it is so in any case. */
  readonly cleanEnv: boolean;
  /** True: the image's own entry point gets the command; a text: this program of the image does; false: neither. */
  readonly entrypoint: boolean | string;
  /** Further options of the runtime, before the image. */
  readonly args: readonly string[];
}

/**
 * What a run needs of one node, as one vector. `slots` is always there and at least 1; other dimensions by name
 * (`cpus` and `gpus` count devices, `mem` counts bytes).
 */
export interface ResourceVector {
  readonly slots: number;
  readonly [dimension: string]: number;
}

/**
 * One run as its user wrote it, after expansion of defaults and matrix. Paths and placeholders are resolved;
 * `cmd` and `parameters` become one argument vector, never shell text.
 */
export interface RunDefinition {
  readonly name: RunName;
  readonly cmd: readonly string[];
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly parameterFormat: 'argparse' | 'eq';
  /** Ordered preference; the first cluster that can start the run gets it. */
  readonly clusters: readonly ClusterName[];
  readonly resources: ResourceVector;
  readonly priority: number;
  /** Expected duration. */
  readonly timeMs: number | null;
  /** Hard limit of one attempt; the run fails with `time-limit` when it is reached. */
  readonly timeLimitMs: number | null;
  /** Selectors `experiment@run`, each half may hold `*`; a selector without `@` names runs of the same experiment. */
  readonly dependsOn: readonly string[];
  readonly retries: number;
  /** Exit codes that are worth a retry; without it every failure is. A signal counts as 128 and its number. */
  readonly retryOn?: readonly number[];
  /** How long a retry waits; without it `runLimits.retryDelayMs`. */
  readonly retryDelayMs?: number;
  /** How many nodes may die under it before it is failed; null: `runLimits.crashLimit`. */
  readonly crashLimit: number | null;
  readonly checkpoint: CheckpointContract;
  readonly executor: ExecutorDefinition;
}

/** Whether new runs start by themselves: all at once, none, or one of them and the others when a run has finished. */
export type Autostart = boolean | 'first';

export interface ExperimentDefinition {
  readonly name: ExperimentName;
  /** Whether new runs become `ready` at once instead of waiting as `inactive` for a resume. */
  readonly autostart: Autostart;
  /** Absent when it says nothing of its own. */
  readonly limits?: ExperimentLimits;
  readonly runs: readonly RunDefinition[];
}

export type ScalingPolicy =
  | { readonly kind: 'maximize_running' }
  | { readonly kind: 'minimize_jobs' }
  | { readonly kind: 'min_saturation'; readonly saturation: number };

export type ConsolidationPreset = 'aggressive' | 'balanced' | 'off';

/** What a node does with its runs when no manager answers: let them finish, or stop them after a while. */
export type OnManagerLost = { readonly kind: 'finish' } | { readonly kind: 'stop'; readonly afterMs: number };

/** How long the silence of a node is borne, where a cluster says something else than `fencing/fencing-times`. */
export interface ClusterFencing {
  /** Of the nodes requested from now on; null: the default. */
  readonly leaseMs: number | null;
  /** How old a read of the work-dir may be; null: found out by its file system. */
  readonly fsStalenessMs: number | null;
  readonly linkPatienceMs: number | null;
  readonly onManagerLost: OnManagerLost;
}

/** What a site counts on its bills, and how much of it a node-hour is. */
export interface ClusterBilling {
  /** `core-h`, `EUR`; shown as it stands. */
  readonly unit: string;
  readonly perNodeHour: number;
}

/** One named source of nodes. `driver` holds what only the cluster's own package understands. */
export interface ClusterDefinition {
  readonly name: ClusterName;
  readonly type: 'local' | 'slurm';
  readonly slotsPerNode: number;
  /** What one node offers; `slots` equals `slotsPerNode`. In the state: no more devices than the newest node found. */
  readonly nodeResources: ResourceVector;
  /** The most allocations at one time, pending ones included. */
  readonly maxAllocations: number;
  readonly scalingPolicy: ScalingPolicy;
  readonly walltimeMs: number | null;
  readonly idleTimeoutMs: number;
  /** From the request to stop until SIGKILL, for runs that do not say otherwise. */
  readonly graceMs: number;
  readonly cudaDevicesPerSlot: number;
  readonly environment: 'inherit' | 'clean';
  readonly consolidation: ConsolidationPreset;
  /** Bills are in node-hours where it says nothing. */
  readonly billing?: ClusterBilling;
  readonly budget?: Budget;
  readonly fencing: ClusterFencing;
  /** Of each log of an attempt; a longer one keeps its last part. */
  readonly logLimitBytes: number;
  readonly driver: Readonly<Record<string, unknown>>;
}
