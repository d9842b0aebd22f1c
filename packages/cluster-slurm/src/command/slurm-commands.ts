import { userInfo } from 'node:os';
import type { Capabilities } from '../probe/capabilities.ts';
import { assumedCapabilities, parseCapabilities } from '../probe/capabilities.ts';
import { formatInstant } from '../slurm-time.ts';
import { slurmTimes } from '../slurm-times.ts';
import { sacctFields } from '../watch/parse-sacct.ts';
import { squeueFormat } from '../watch/parse-squeue.ts';
import { questionEnvironment, submitEnvironment } from './command-environment.ts';
import type { CommandRequest, CommandResult } from './run-command.ts';
import { runCommand } from './run-command.ts';
import { Turns } from './turns.ts';

/** What fits into one command line, and what one answer of the database should hold. */
const namesPerQuestion = 200;
const jobsPerCancel = 100;

/** One command of Slurm's as it went, for those who measure. */
export interface SlurmCall {
  readonly program: string;
  readonly outcome: 'ok' | 'failed' | Exclude<CommandResult['kind'], 'exited'>;
  readonly tookMs: number;
}

/** The programs of Slurm, each with its arguments, environment and time limit; one of them runs at a time. */
export class SlurmCommands {
  readonly #env: Readonly<Record<string, string | undefined>>;
  /** The cluster of a multi-cluster site that every command has to name. */
  readonly #cluster: readonly string[];
  readonly #turns = new Turns();
  #capabilities = assumedCapabilities;
  readonly #onCall: (call: SlurmCall) => void;
  #askAgainAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    env: Readonly<Record<string, string | undefined>>,
    cluster: string | null,
    onCall: (call: SlurmCall) => void = () => undefined,
  ) {
    this.#env = env;
    this.#onCall = onCall;
    this.#cluster = cluster === null ? [] : [`--clusters=${cluster}`];
  }

  /** What this Slurm can do, asked once it is needed; while it does not answer, what is usual. */
  async capabilities(): Promise<Capabilities> {
    if (this.#capabilities.version !== null || performance.now() < this.#askAgainAtMs) return this.#capabilities;
    const result = await this.#ask('scontrol', ['show', 'config'], this.#cluster);
    if (result.kind === 'exited' && result.status === 0) this.#capabilities = parseCapabilities(result.stdout);
    this.#askAgainAtMs = performance.now() + slurmTimes.probeRetryMs;
    return this.#capabilities;
  }

  submit(options: readonly string[], script: string): Promise<CommandResult> {
    const limitMs = Math.max(slurmTimes.submitLimitMs, this.#questionLimitMs());
    return this.#turns.take(true, () =>
      this.#run({ program: 'sbatch', args: options, env: submitEnvironment(this.#env), input: script, limitMs }),
    );
  }

  /** Asks the controller whether it would take such a job, without making one. */
  testSubmit(options: readonly string[], script: string): Promise<CommandResult> {
    const args = ['--test-only', ...options];
    return this.#turns.take(false, () =>
      this.#run({ program: 'sbatch', args, env: submitEnvironment(this.#env), input: script, limitMs: this.#questionLimitMs() }),
    );
  }

  /** All jobs of this user in one question, ended ones included while the controller remembers them. */
  async queue(): Promise<CommandResult> {
    const { knowsMe } = await this.capabilities();
    const who = knowsMe ? '--me' : `--user=${userInfo().username}`;
    return this.#ask('squeue', [who, '--noheader', '--states=all', `--format=${squeueFormat}`], this.#cluster);
  }

  /** The records of jobs of these names since that instant, every execution of requeued ones. One result per command. */
  async accounting(names: readonly string[], sinceMs: number): Promise<readonly CommandResult[]> {
    const results: CommandResult[] = [];
    for (const part of chunks(names, namesPerQuestion)) {
      const args = [
        '--allocations',
        '--noheader',
        '--parsable2',
        '--duplicates',
        `--starttime=${formatInstant(sinceMs)}`,
        `--name=${part.join(',')}`,
        `--format=${sacctFields}`,
      ];
      results.push(await this.#ask('sacct', args, this.#cluster));
    }
    return results;
  }

  /** Ends jobs by number alone: any filter would make scancel fetch the whole queue first. One result per command. */
  async cancel(jobIds: readonly string[]): Promise<readonly CommandResult[]> {
    const results: CommandResult[] = [];
    for (const part of chunks(jobIds, jobsPerCancel)) {
      const args = [...this.#cluster, ...part];
      results.push(
        await this.#turns.take(true, () =>
          this.#run({ program: 'scancel', args, env: questionEnvironment(this.#env), limitMs: slurmTimes.cancelLimitMs }),
        ),
      );
    }
    return results;
  }

  partitions(): Promise<CommandResult> {
    return this.#ask('scontrol', ['--oneliner', 'show', 'partition'], this.#cluster);
  }

  /** Whether the controller lives; answers at once even when it does not. */
  ping(): Promise<CommandResult> {
    return this.#ask('scontrol', ['ping'], this.#cluster);
  }

  /** The accounts of this user, as `account|partition|qos`. */
  accounts(): Promise<CommandResult> {
    return this.#ask(
      'sacctmgr',
      ['--noheader', '--parsable2', 'show', 'assoc', 'where', `user=${userInfo().username}`, 'format=Account,Partition,QOS'],
      [],
    );
  }

  #ask(program: string, args: readonly string[], cluster: readonly string[]): Promise<CommandResult> {
    return this.#turns.take(false, () =>
      this.#run({ program, args: [...cluster, ...args], env: questionEnvironment(this.#env), limitMs: this.#questionLimitMs() }),
    );
  }

  async #run(request: CommandRequest): Promise<CommandResult> {
    const beganMs = performance.now();
    const result = await runCommand(request);
    this.#onCall({
      program: request.program,
      outcome: result.kind === 'exited' && result.status === 0 ? 'ok' : result.kind === 'exited' ? 'failed' : result.kind,
      tookMs: performance.now() - beganMs,
    });
    return result;
  }

  #questionLimitMs(): number {
    return 2 * this.#capabilities.messageTimeoutMs + slurmTimes.commandMarginMs;
  }
}

function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  const result: (readonly T[])[] = [];
  for (let from = 0; from < items.length; from += size) result.push(items.slice(from, from + size));
  return result;
}
