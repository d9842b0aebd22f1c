import type {
  Allocation,
  AllocationReport,
  AllocationRequest,
  ClusterDefinition,
  ClusterPort,
  Clock,
  Log,
  PollOutcome,
  SlurmDriverDefinition,
  SubmitOutcome,
} from '@juqueue/core';
import { allocationJob } from './allocation-job.ts';
import type { AllocationJob, JobPlace } from './allocation-job.ts';
import { siteDefaults } from './command/command-environment.ts';
import { describeFailure } from './command/run-command.ts';
import type { CommandResult } from './command/run-command.ts';
import { SlurmCommands } from './command/slurm-commands.ts';
import type { SlurmCall } from './command/slurm-commands.ts';
import { Turns } from './command/turns.ts';
import { SlurmFiles } from './files/slurm-files.ts';
import { PartitionLimits } from './probe/partition-limits.ts';
import { slurmTimes } from './slurm-times.ts';
import { classifyFailure } from './submit/classify-failure.ts';
import type { RefusalCode } from './submit/classify-failure.ts';
import { nodeNames } from './submit/node-names.ts';
import { directiveObjections } from './submit/directive-objections.ts';
import { jobFamily, jobName, tokenInName } from './submit/job-name.ts';
import { parseSbatchOutput } from './submit/parse-sbatch-output.ts';
import { namedCluster } from './submit/sbatch-options.ts';
import { Absences } from './watch/absences.ts';
import { BadHosts } from './watch/bad-hosts.ts';
import type { Accounting } from './watch/judge-jobs.ts';
import { judgeJobs, strayJobs, tokensForAccounting } from './watch/judge-jobs.ts';
import type { AccountedExecution } from './watch/parse-sacct.ts';
import { parseSacct } from './watch/parse-sacct.ts';
import type { QueuedJob } from './watch/parse-squeue.ts';
import { parseSqueue } from './watch/parse-squeue.ts';

export interface SlurmClusterOptions extends JobPlace {
  readonly definition: ClusterDefinition;
  readonly clock: Clock;
  readonly log: Log;
  /** The manager's own environment at its start: Slurm's programs get a small part of it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether this manager is still the one that may act; asked before jobs that nobody wants are cancelled. */
  readonly mayAct: () => Promise<boolean>;
  /** Told of each command of Slurm's when it has ended. */
  readonly onCall?: (call: SlurmCall) => void;
}

type CancelOutcome = Awaited<ReturnType<ClusterPort['cancel']>>;

/**
 * Allocations as jobs of Slurm, one node each. Names carry the token of the request, so that a job is found again whatever
 * became of the answer to its submission, of its number, or of the manager that submitted it.
 */
export class SlurmCluster implements ClusterPort {
  readonly definition: ClusterDefinition;
  readonly pollIntervalMs: number;
  readonly #options: SlurmClusterOptions;
  readonly #driver: SlurmDriverDefinition;
  readonly #family: string;
  readonly #commands: SlurmCommands;
  readonly #files = new SlurmFiles();
  /** One after the other, so that a controller that stops answering leaves one of them in doubt, not all. */
  readonly #submissions = new Turns();
  readonly #limits: PartitionLimits;
  readonly #badHosts = new BadHosts();
  readonly #absences = new Absences();
  /** Tokens whose submission began after the poll in progress: no answer to it can be expected to know them. */
  #tokensSincePoll = new Set<string>();
  /** Why nothing is submitted: an earlier submission is not answered, and the controller has said nothing since. */
  #doubt: string | null = null;
  #nextPollAtMs = 0;

  constructor(options: SlurmClusterOptions) {
    this.#options = options;
    this.definition = options.definition;
    this.#driver = driverOf(options.definition);
    this.pollIntervalMs = this.#driver.pollIntervalMs ?? slurmTimes.pollIntervalMs;
    this.#family = jobFamily(options.workDir, options.definition.name);
    this.#commands = new SlurmCommands(options.env, namedCluster(this.#driver.directives), options.onCall);
    this.#limits = new PartitionLimits(this.#commands);
  }

  submit(request: AllocationRequest): Promise<SubmitOutcome> {
    this.#tokensSincePoll.add(request.token);
    return this.#submissions.take(true, () => this.#submit(request));
  }

  async poll(allocations: readonly Allocation[]): Promise<PollOutcome> {
    this.#tokensSincePoll = new Set();
    await this.#spacing();
    const queue = await this.#queue();
    if (typeof queue === 'string') return { kind: 'failed', message: queue };
    this.#doubt = null;
    const accounting = await this.#accounting(allocations, queue);
    const nowMs = this.#options.clock.nowMs();
    const { reports, missing, disputed, strays } = judgeJobs({ asked: allocations, queue, accounting, nowMs });
    for (const report of reports) this.#noteEnd(report, nowMs);
    const asked = new Set(allocations.map(({ token }) => token));
    const unasked = strayJobs(queue, (token) => asked.has(token) || this.#tokensSincePoll.has(token));
    await this.#cancelStrays([...strays, ...unasked]);
    return { kind: 'answered', reports, missing: await this.#lastingly(missing, disputed) };
  }

  async cancel(allocations: readonly Allocation[]): Promise<CancelOutcome> {
    const known = allocations.flatMap(({ jobId }) => jobId ?? []);
    const unnamed = allocations.filter(({ jobId }) => jobId === null).map(({ token }) => token);
    if (unnamed.length === 0) return this.#cancelJobs(known);
    const queue = await this.#queue();
    if (typeof queue === 'string') {
      const outcome = await this.#cancelJobs(known);
      return outcome.kind === 'failed' ? outcome : { kind: 'failed', message: queue };
    }
    const found = unnamed.flatMap((token) => queue.get(token) ?? []).map(({ jobId }) => jobId);
    return this.#cancelJobs([...known, ...found]);
  }

  /** Jobs go on: a later manager finds them by their names. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#files[Symbol.asyncDispose]();
  }

  async #submit(request: AllocationRequest): Promise<SubmitOutcome> {
    if (this.#doubt !== null) return { kind: 'held-back', message: this.#doubt };
    const objection = directiveObjections(this.#driver.directives)[0];
    if (objection !== undefined) return { kind: 'refused', code: 'options', message: objection };
    const site = siteDefaults(this.#options.env);
    const { isMemoryDivided } = await this.#commands.capabilities();
    const tooLong = await this.#limits.objection(
      this.#driver.queue ?? site.partition,
      request.walltimeMs,
      this.#options.clock.monotonicMs(),
    );
    if (tooLong !== null) return { kind: 'refused', code: 'time-limit', message: tooLong };

    const jobWithout = (excludedHosts: readonly string[]): AllocationJob =>
      allocationJob(this.definition, this.#driver, this.#options, request, jobName(this.#family, request.token), {
        site,
        isMemoryDivided,
        excludedHosts,
      });
    const deadly = this.#badHosts.excluded(this.#options.clock.nowMs());
    const avoided = nodeNames(request.avoidedHosts).filter((host) => !deadly.includes(host));
    const job = jobWithout([...deadly, ...avoided]);
    const unwritten = await this.#files.prepare(job.outputFolder, job.config);
    if (unwritten !== null) return { kind: 'held-back', message: unwritten };
    let outcome = submitOutcome(await this.#commands.submit(job.options, job.script));
    if (avoided.length > 0 && outcome.kind === 'refused' && outcome.code === noSuchNode) {
      this.#options.log.warn(
        `${this.definition.name} gives no node without ${avoided.join(', ')} (${outcome.message}); suspects are not avoided this time`,
      );
      outcome = submitOutcome(await this.#commands.submit(jobWithout(deadly).options, job.script));
    }
    if (outcome.kind === 'unknown') this.#doubt = `an earlier submission was not answered: ${outcome.message}`;
    return outcome;
  }

  async #cancelJobs(jobIds: readonly string[]): Promise<CancelOutcome> {
    const failed = (await this.#commands.cancel(jobIds)).find((result) => !succeeded(result));
    return failed === undefined ? { kind: 'taken' } : { kind: 'failed', message: describeFailure('scancel', failed) };
  }

  /** Waits out the rest of the pause since the last question; hints of changes come in bursts. */
  async #spacing(): Promise<void> {
    const { clock } = this.#options;
    const waitMs = this.#nextPollAtMs - clock.monotonicMs();
    if (waitMs > 0) await new Promise<void>((resolve) => void clock.after(waitMs, resolve));
    this.#nextPollAtMs = clock.monotonicMs() + slurmTimes.pollSpacingMs;
  }

  /** The jobs of our family by token, or a sentence. */
  async #queue(): Promise<ReadonlyMap<string, readonly QueuedJob[]> | string> {
    const result = await this.#commands.queue();
    if (!succeeded(result)) return describeFailure('squeue', result);
    const reading = parseSqueue(result.stdout);
    return reading.kind === 'read' ? this.#byToken(reading.jobs) : reading.message;
  }

  async #accounting(allocations: readonly Allocation[], queue: ReadonlyMap<string, readonly QueuedJob[]>): Promise<Accounting> {
    const { hasAccounting } = await this.#commands.capabilities();
    if (!hasAccounting) return 'none';
    const tokens = new Set(tokensForAccounting(allocations, queue));
    if (tokens.size === 0) return new Map();
    const earliestMs = Math.min(...allocations.filter(({ token }) => tokens.has(token)).map(({ requestedAtMs }) => requestedAtMs));
    const names = [...tokens].map((token) => jobName(this.#family, token));
    const executions: AccountedExecution[] = [];
    for (const result of await this.#commands.accounting(names, earliestMs - slurmTimes.accountingBeforeMs)) {
      const reading = succeeded(result) ? parseSacct(result.stdout) : null;
      if (reading?.kind !== 'read') {
        this.#options.log.warn(`${this.definition.name}: ${reading?.message ?? describeFailure('sacct', result)}`);
        return 'silent';
      }
      executions.push(...reading.executions);
    }
    return this.#byToken(executions);
  }

  /** Those that have been away for so long that no late message of Slurm's can bring them back. */
  async #lastingly(missing: readonly string[], disputed: readonly string[]): Promise<readonly string[]> {
    const { messageTimeoutMs } = await this.#commands.capabilities();
    const nowMs = this.#options.clock.monotonicMs();
    this.#absences.keepOnly([...missing, ...disputed]);
    return [
      ...this.#absences.over(missing, Math.max(0, 2 * messageTimeoutMs - slurmTimes.engineUnknownMs), nowMs),
      ...this.#absences.over(disputed, slurmTimes.disputeMs, nowMs),
    ];
  }

  async #cancelStrays(jobIds: readonly string[]): Promise<void> {
    if (jobIds.length === 0 || !(await this.#options.mayAct())) return;
    this.#options.log.warn(`${this.definition.name}: jobs ${jobIds.join(', ')} are not wanted any more and are cancelled`);
    const outcome = await this.#cancelJobs(jobIds);
    if (outcome.kind === 'failed') this.#options.log.warn(`${this.definition.name}: ${outcome.message}`);
  }

  #noteEnd(report: AllocationReport, nowMs: number): void {
    const host = this.#badHosts.note(report, nowMs);
    if (host !== null)
      this.#options.log.warn(`${this.definition.name}: two allocations died at once on ${host}, which is left out for an hour`);
  }

  #byToken<T extends { readonly name: string }>(items: readonly T[]): ReadonlyMap<string, readonly T[]> {
    const found = new Map<string, T[]>();
    for (const item of items) {
      const token = tokenInName(this.#family, item.name);
      if (token === null) continue;
      const same = found.get(token);
      if (same === undefined) found.set(token, [item]);
      else same.push(item);
    }
    return found;
  }
}

/** What `slurmDriver` of the definitions made; nothing else ever stands there for a cluster of this type. */
export function driverOf(definition: ClusterDefinition): SlurmDriverDefinition {
  return definition.driver as unknown as SlurmDriverDefinition;
}

function submitOutcome(result: CommandResult): SubmitOutcome {
  switch (result.kind) {
    case 'exited': {
      const jobId = result.status === 0 ? parseSbatchOutput(result.stdout) : null;
      // A number counts whatever stands beside it: sbatch complains of tries before the one that succeeded.
      if (jobId !== null) return { kind: 'submitted', jobId };
      if (result.status === 0) return { kind: 'unknown', message: 'sbatch succeeded without naming its job' };
      return classifyFailure(result.stderr, `sbatch ended with status ${result.status} and no message`);
    }
    case 'not-started':
      return {
        kind: 'refused',
        code: 'programs-missing',
        message: `${describeFailure('sbatch', result)}; expected Slurm's programs on the PATH of the manager`,
      };
    case 'signalled':
    case 'over-limit':
      return { kind: 'unknown', message: describeFailure('sbatch', result) };
  }
}

/** The code by which Slurm said, without leaving a job behind, that no node fits what was asked for, or that it does not know one. */
const noSuchNode: RefusalCode = 'resources';

function succeeded(result: CommandResult): result is Extract<CommandResult, { readonly kind: 'exited' }> {
  return result.kind === 'exited' && result.status === 0;
}
