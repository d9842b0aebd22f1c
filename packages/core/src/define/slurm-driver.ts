import type { SlurmClusterSource } from './clusters-schema.ts';
import { durationMs } from './duration-text.ts';
import { sizeBytes } from './size-text.ts';

/** What `ClusterDefinition.driver` holds for a Slurm cluster. Null means that the definition says nothing. */
export interface SlurmDriverDefinition {
  readonly queue: string | null;
  readonly account: string | null;
  /** Network on which nodes reach the manager. */
  readonly interface: string | null;
  /** Further sbatch options, as they stand behind `#SBATCH`. */
  readonly directives: readonly string[];
  /** Options that a site does not accept: those of our own that hold one of these texts are left out. */
  readonly skippedDirectives: readonly string[];
  /** Lines of the job script before the node starts. */
  readonly prologue: readonly string[];
  /** What to ask of Slurm where that differs from what the node offers. */
  readonly jobCpus: number | null;
  readonly jobMemoryBytes: number | null;
  /** Folder for Slurm's own output of its jobs. */
  readonly logDirectory: string | null;
  readonly pollIntervalMs: number | null;
  readonly excludedHosts: readonly string[];
}

/** Current names go before the older ones of dask-jobqueue where both stand; lists of both are joined. */
export function slurmDriver(source: SlurmClusterSource): SlurmDriverDefinition {
  return {
    queue: source.queue ?? null,
    account: source.account ?? source.project ?? null,
    interface: source.interface ?? null,
    directives: [...(source.job_extra_directives ?? []), ...(source.job_extra ?? [])],
    skippedDirectives: [...(source.job_directives_skip ?? []), ...(source.header_skip ?? [])],
    prologue: [...lines(source.job_script_prologue), ...lines(source.env_extra)],
    jobCpus: source.job_cpu ?? null,
    jobMemoryBytes: source.job_mem === undefined ? null : sizeBytes(source.job_mem),
    logDirectory: source.log_directory ?? null,
    pollIntervalMs: source.poll_interval === undefined ? null : durationMs(source.poll_interval),
    excludedHosts: typeof source.exclude === 'string' ? [source.exclude] : (source.exclude ?? []),
  };
}

/** A text of several lines is the list of its lines; the line end that a YAML block leaves behind is no line. */
export function lines(source: string | readonly string[] | undefined): readonly string[] {
  if (source === undefined) return [];
  return typeof source === 'string' ? source.replace(/\n$/, '').split('\n') : source;
}
