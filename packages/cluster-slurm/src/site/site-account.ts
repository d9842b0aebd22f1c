import { userInfo } from 'node:os';
import type { Allocation, ClusterDefinition, Clock } from '@juqueue/core';
import { questionEnvironment } from '../command/command-environment.ts';
import { describeFailure, runCommand } from '../command/run-command.ts';
import { SlurmCommands } from '../command/slurm-commands.ts';
import type { SlurmCall } from '../command/slurm-commands.ts';
import { driverOf } from '../slurm-cluster.ts';
import { slurmTimes } from '../slurm-times.ts';
import { jobFamily, jobName, tokenInName } from '../submit/job-name.ts';
import { namedCluster } from '../submit/sbatch-options.ts';
import { parseSacct } from '../watch/parse-sacct.ts';
import type { AccountedExecution } from '../watch/parse-sacct.ts';
import { compareBills } from './compare-bills.ts';
import type { BillComparison } from './compare-bills.ts';
import { parseTable } from './parse-table.ts';
import type { SiteTable } from './parse-table.ts';

/** What the site itself says of what was used. Each part is what it says, or a sentence why it says nothing. */
export interface SiteAccount {
  readonly sacct: BillComparison | string;
  /** `sshare` of Slurm: usage and limits of our accounts. */
  readonly sshare: SiteTable | string;
  /** `jutil user cpuquota` of Jülich: quota granted and used. */
  readonly jutil: SiteTable | string;
}

/** These figures change once a day, and their databases are everybody's. */
const quotaEveryMs = 60 * 60_000;
/** The newest jobs: five questions of 200 names. */
const comparedMax = 1_000;
const limitMs = 30_000;

const sshareFields = 'Account,User,RawUsage,GrpTRESMins,GrpTRESRaw';

export interface SiteAccountOptions {
  readonly definition: ClusterDefinition;
  readonly workDir: string;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly onCall?: (call: SlurmCall) => void;
}

/** Asks a Slurm cluster's site for its own figures, quotas once an hour at most. */
export class SiteAccountReader {
  readonly #options: SiteAccountOptions;
  readonly #commands: SlurmCommands;
  readonly #family: string;
  #quotas: { readonly atMs: number; readonly answer: Promise<Pick<SiteAccount, 'sshare' | 'jutil'>> } | null = null;

  constructor(options: SiteAccountOptions) {
    this.#options = options;
    this.#commands = new SlurmCommands(options.env, namedCluster(driverOf(options.definition).directives), options.onCall);
    this.#family = jobFamily(options.workDir, options.definition.name);
  }

  /** `confirmed` are allocations whose end Slurm has confirmed, oldest first. */
  async read(confirmed: readonly Allocation[]): Promise<SiteAccount> {
    const nowMs = this.#options.clock.nowMs();
    if (this.#quotas === null || nowMs - this.#quotas.atMs >= quotaEveryMs) this.#quotas = { atMs: nowMs, answer: this.#readQuotas() };
    const [sacct, quotas] = await Promise.all([this.#compare(confirmed.slice(-comparedMax)), this.#quotas.answer]);
    return { sacct, ...quotas };
  }

  async #compare(allocations: readonly Allocation[]): Promise<BillComparison | string> {
    const { hasAccounting } = await this.#commands.capabilities();
    if (!hasAccounting) return 'this Slurm keeps no accounts';
    if (allocations.length === 0) return 'no job of ours has ended yet';
    const executions = new Map<string, AccountedExecution[]>();
    const earliestMs = Math.min(...allocations.map(({ requestedAtMs }) => requestedAtMs));
    for (const result of await this.#commands.accounting(
      allocations.map(({ token }) => jobName(this.#family, token)),
      earliestMs - slurmTimes.accountingBeforeMs,
    )) {
      if (result.kind !== 'exited' || result.status !== 0) return describeFailure('sacct', result);
      const reading = parseSacct(result.stdout);
      if (reading.kind === 'unreadable') return reading.message;
      for (const execution of reading.executions) {
        const token = tokenInName(this.#family, execution.name);
        if (token !== null) executions.set(token, [...(executions.get(token) ?? []), execution]);
      }
    }
    return compareBills(allocations, (token) => executions.get(token) ?? []);
  }

  async #readQuotas(): Promise<Pick<SiteAccount, 'sshare' | 'jutil'>> {
    const { account } = driverOf(this.#options.definition);
    const ofAccount = account === null ? [] : [`--accounts=${account}`];
    const [sshare, jutil] = await Promise.all([
      this.#table('sshare', ['--parsable2', `--users=${userInfo().username}`, ...ofAccount, `--format=${sshareFields}`]),
      this.#table('jutil', ['user', 'cpuquota', '--currsys', '--format', 'parsable']),
    ]);
    return { sshare, jutil };
  }

  async #table(program: string, args: readonly string[]): Promise<SiteTable | string> {
    const result = await runCommand({ program, args, env: questionEnvironment(this.#options.env), limitMs });
    if (result.kind === 'not-started') return `this site has no ${program}`;
    if (result.kind !== 'exited' || result.status !== 0) return describeFailure(program, result);
    return parseTable(result.stdout) ?? `${program} answered no table`;
  }
}
