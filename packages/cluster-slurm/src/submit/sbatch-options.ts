import type { AllocationRequest, ClusterDefinition, SlurmDriverDefinition } from '@juqueue/core';
import { formatTimeLimit } from '../slurm-time.ts';
import { slurmTimes } from '../slurm-times.ts';
import { splitDirective } from './split-directive.ts';

/** What the site's own modules have set for sbatch: defaults for what a definition leaves open, never more than that. */
export interface SiteDefaults {
  readonly account: string | null;
  readonly partition: string | null;
  readonly qos: string | null;
  readonly reservation: string | null;
}

export interface SbatchRequest {
  readonly definition: ClusterDefinition;
  readonly driver: SlurmDriverDefinition;
  readonly request: Pick<AllocationRequest, 'walltimeMs'>;
  readonly jobName: string;
  /** Folder of the job's working directory. */
  readonly directory: string;
  /** File of the job's own output; `%j` is the number of the job. */
  readonly output: string;
  readonly site: SiteDefaults;
  /** Whether Slurm divides the memory of nodes, so that an exclusive job must say that it wants all of it. */
  readonly isMemoryDivided: boolean;
  readonly excludedHosts: readonly string[];
}

/**
 * The options of sbatch, in the order that decides: sbatch takes the last of equals. What we would choose comes first,
 * then what the definition says, then what must hold for a submission to be ours at all.
 */
export function sbatchOptions(source: SbatchRequest): readonly string[] {
  const { driver } = source;
  const directives = driver.directives.flatMap((directive) => splitDirective(directive) ?? []);
  const isSkipped = (option: string): boolean => driver.skippedDirectives.some((text) => text !== '' && option.includes(text));
  const chosen = chosenOptions(source, directives).filter((option) => !isSkipped(option));
  return [...chosen, ...directives, ...essentialOptions(source)];
}

function chosenOptions(
  { definition, driver, request, directory, output, site, isMemoryDivided, excludedHosts }: SbatchRequest,
  directives: readonly string[],
): readonly string[] {
  const { cpus, gpus } = definition.nodeResources;
  const jobCpus = driver.jobCpus ?? cpus;
  const asksForGpus = directives.some((word) => /^--(gres|gpus)/.test(word) || /^-G/.test(word));
  const excluded = [...driver.excludedHosts, ...excludedHosts];
  return [
    ...option('partition', driver.queue ?? site.partition),
    ...option('account', driver.account ?? site.account),
    ...option('qos', site.qos),
    ...option('reservation', site.reservation),
    ...option('time', request.walltimeMs === null ? null : formatTimeLimit(request.walltimeMs)),
    '--exclusive',
    ...option('cpus-per-task', jobCpus === undefined ? null : String(jobCpus)),
    ...option('mem', memory(driver.jobMemoryBytes ?? definition.nodeResources['mem'] ?? null, isMemoryDivided)),
    ...option('gres', gpus === undefined || asksForGpus ? null : `gpu:${gpus}`),
    ...option('exclude', excluded.length === 0 ? null : excluded.join(',')),
    '--propagate=NONE',
    `--signal=B:USR2@${signalLeadSeconds(definition, request.walltimeMs)}`,
    `--chdir=${directory}`,
    `--output=${output}`,
    '--open-mode=append',
  ];
}

/** An exclusive job gets all processors but only the default memory, unless it asks for all (0) or for a number. */
function memory(bytes: number | null, isMemoryDivided: boolean): string | null {
  if (bytes === null) return isMemoryDivided ? '0' : null;
  // A share of a mebibyte would become 0, which means all.
  return `${Math.max(1, Math.floor(bytes / 2 ** 20))}M`;
}

function essentialOptions({ jobName }: SbatchRequest): readonly string[] {
  return ['--parsable', '--no-requeue', '--export=ALL', '--nodes=1', '--ntasks=1', `--job-name=${jobName}`];
}

/** How long before the end Slurm warns the node: time for its runs to save, but no more than a quarter of its life. */
function signalLeadSeconds(definition: ClusterDefinition, walltimeMs: number | null): number {
  const wantedMs = definition.graceMs + slurmTimes.signalMarginMs;
  const leadMs = walltimeMs === null ? wantedMs : Math.min(wantedMs, walltimeMs / 4);
  return Math.min(Math.max(10, Math.round(leadMs / 1000)), maxSignalLeadSeconds);
}

/** Slurm keeps the lead in 16 bits. */
const maxSignalLeadSeconds = 65_535;

function option(name: string, value: string | null): readonly string[] {
  return value === null ? [] : [`--${name}=${value}`];
}

/** The other cluster of a multi-cluster site that the directives name, which every command must name then. */
export function namedCluster(directives: readonly string[]): string | null {
  const words = directives.flatMap((directive) => splitDirective(directive) ?? []);
  for (const [at, word] of words.entries()) {
    const joined = /^(?:--clusters?=|-M=?)(.+)$/.exec(word)?.[1];
    if (joined !== undefined) return joined;
    if (word === '-M' || word === '--clusters' || word === '--cluster') return words[at + 1] ?? null;
  }
  return null;
}
