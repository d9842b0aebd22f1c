import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SignalName } from '@juqueue/core';
import type { Environment } from '../launch/inheritable-environment.ts';
import type { LaunchPlan } from '../launch/launch-plan.ts';
import type { LogFiles } from './log-files.ts';
import { closeLogs, fromBeginning, openInput, openLogs } from './log-files.ts';
import type { OutOfMemoryWatch } from './out-of-memory.ts';
import { cleanUp } from './clean-up.ts';
import { prepareLaunch } from './prepare-launch.ts';
import { setAside } from './set-aside.ts';
import type { ScriptFiles } from './script-files.ts';
import type { Exit, SpawnerReport } from './spawner-messages.ts';
import { explainScarcity, isScarcity } from './scarcity.ts';
import { exitNotExecutable, explainStartFailure } from './start-failure.ts';
import type { AttemptSweeper, SweptAttempt } from './sweeper.ts';
import { killQuietly } from './sweeper.ts';

/** A machine that has no process, memory or descriptor to spare has one a moment later, most of the time. */
const startPatienceMs = 10_000;
const pauseBetweenTriesMs = 200;

export interface AttemptHost {
  /** Of the nonce under which the attempt was started. */
  readonly folder: string;
  readonly environment: Environment;
  readonly scripts: ScriptFiles;
  readonly sweeper: AttemptSweeper;
  readonly outOfMemory: OutOfMemoryWatch;
  report(report: SpawnerReport): void;
}

type Ended = Extract<SpawnerReport, { kind: 'ended' }>;

/**
 * One attempt, from its plan to the proof that none of its processes is left.
 *
 * preparing  folders and logs are opened; a file system that hangs leaves it here.
 * executing  its first process lives.
 * ending     that process ended or was never started; the rest of the tree is swept.
 * ended      reported.
 */
export class AttemptProcess {
  readonly plan: LaunchPlan;
  readonly #host: AttemptHost;
  #state: 'preparing' | 'executing' | 'ending' | 'ended' = 'preparing';
  #pid: number | null = null;
  #swept: SweptAttempt | null = null;
  #startedAtMs: number | null = null;
  #wasSignalled = false;
  #output = fromBeginning;
  #ended: Ended | null = null;

  constructor(plan: LaunchPlan, host: AttemptHost) {
    this.plan = plan;
    this.#host = host;
    void this.#start();
  }

  /** Where its end is to be written if nobody else does. */
  get folder(): string {
    return this.#host.folder;
  }

  get startedAtMs(): number | null {
    return this.#startedAtMs;
  }

  /** What was reported; null before. */
  get ended(): Ended | null {
    return this.#ended;
  }

  /** Sent to the whole process group. Before the start there is nobody to hear it: the attempt is recalled. */
  signal(signal: SignalName): void {
    if (this.#state === 'preparing') void this.#finish({ kind: 'recalled' }, Date.now());
    if (this.#state !== 'executing' || this.#pid === null) return;
    try {
      process.kill(-this.#pid, `SIG${signal}`);
      this.#wasSignalled = true;
    } catch {
      // It ended this moment; its exit is on the way and was its own.
    }
  }

  /** SIGKILL for everything that belongs to it. */
  kill(): void {
    if (this.#state === 'preparing') {
      void this.#finish({ kind: 'recalled' }, Date.now());
      return;
    }
    if (this.#state !== 'executing' || this.#pid === null || this.#swept === null) return;
    if (killQuietly(-this.#pid)) this.#wasSignalled = true;
    void this.#host.sweeper.sweep(this.#swept);
  }

  async #start(): Promise<void> {
    const { plan } = this;
    let logs: LogFiles;
    let argv: readonly string[] = plan.argv;
    let env: Environment;
    try {
      if (plan.setAside !== null) await setAside(plan.files.directory, plan.setAside);
      logs = await openLogs(this.plan.files, this.plan.header);
      this.#output = logs.starts;
      const prepared = await prepareLaunch(plan, this.#host.environment);
      if (prepared.kind === 'lacks') {
        closeLogs(logs);
        if (this.#state === 'preparing')
          await this.#finish({ kind: 'not-started', code: prepared.code, detail: prepared.detail }, Date.now());
        return;
      }
      env = prepared.env;
      if (plan.script !== null)
        argv = ['bash', ...(plan.script.isLogin ? ['--login'] : []), await this.#host.scripts.path(plan.script.text), ...argv];
      argv = [...plan.prefix, ...argv];
      if (plan.stdin !== null) logs = { ...logs, stdin: await openInput(plan.stdin) };
    } catch (error) {
      if (this.#state === 'preparing')
        await this.#finish({ kind: 'not-started', code: exitNotExecutable, detail: sentence(error) }, Date.now());
      return;
    }
    const triedUntilMs = performance.now() + startPatienceMs;
    while (this.#state === 'preparing') {
      const error = await this.#fork(argv, env, logs);
      if (error === null) return;
      if (isScarcity(error) && performance.now() < triedUntilMs) {
        await sleep(pauseBetweenTriesMs);
        continue;
      }
      const atMs = Date.now();
      const failure = isScarcity(error)
        ? { code: exitNotExecutable, detail: await explainScarcity(error, startPatienceMs) }
        : await explainStartFailure(argv[0] ?? '', env['PATH'] ?? '', plan.cwd, error);
      closeLogs(logs);
      if (this.#state === 'preparing') await this.#finish({ kind: 'not-started', ...failure }, atMs);
      return;
    }
    closeLogs(logs);
  }

  /** Answers the error code when there was no start. */
  #fork(argv: readonly string[], env: Environment, logs: LogFiles): Promise<string | null> {
    return new Promise((resolve) => {
      try {
        const child = spawn(argv[0] ?? '', argv.slice(1), {
          cwd: this.plan.cwd,
          env,
          // A session of its own: signals reach the tree as one group, and no terminal's signal reaches it.
          detached: true,
          stdio: [logs.stdin ?? 'ignore', logs.stdout, logs.stderr],
        });
        child.on('error', (error: NodeJS.ErrnoException) => {
          if (child.pid === undefined) resolve(error.code ?? error.message);
        });
        if (child.pid === undefined) return;
        this.#started(child.pid);
        child.on('exit', (code, signal) => void this.#exited(code, signal, logs));
        resolve(null);
      } catch (error) {
        resolve((error as NodeJS.ErrnoException).code ?? sentence(error));
      }
    });
  }

  #started(pid: number): void {
    this.#state = 'executing';
    this.#pid = pid;
    this.#startedAtMs = Date.now();
    this.#swept = this.#host.sweeper.began(this.plan.attemptId, pid);
    this.#host.report({ kind: 'started', run: this.plan.run, attempt: this.plan.attempt, pid, atMs: this.#startedAtMs });
  }

  async #exited(code: number | null, signal: NodeJS.Signals | null, logs: LogFiles): Promise<void> {
    const atMs = Date.now();
    closeLogs(logs);
    const isOutOfMemory = signal === 'SIGKILL' && !this.#wasSignalled && (await this.#host.outOfMemory.hasRisen());
    await this.#finish(signal === null ? { kind: 'exit', code: code ?? 0 } : { kind: 'signal', signal, isOutOfMemory }, atMs);
  }

  /**
   * Reports the end. A run that may be started again must have nothing left of it before that; one that finished by
   * itself is reported at once, and what it left behind is swept a little later.
   */
  async #finish(exit: Exit, atMs: number): Promise<void> {
    this.#state = 'ending';
    if (this.#pid !== null && this.#swept !== null) {
      this.#host.sweeper.over(this.#swept);
      killQuietly(-this.#pid);
      if (this.plan.cleanup !== null && (this.#wasSignalled || exit.kind === 'signal'))
        await cleanUp(this.plan.cleanup, { ...this.#host.environment, ...this.plan.env });
      if (exit.kind === 'exit' && exit.code === 0 && !this.#wasSignalled) this.#host.sweeper.sweepLater(this.#swept);
      else await this.#host.sweeper.sweep(this.#swept);
    }
    this.#state = 'ended';
    this.#ended = {
      kind: 'ended',
      run: this.plan.run,
      attempt: this.plan.attempt,
      exit,
      atMs,
      wasSignalled: this.#wasSignalled,
      output: this.#output,
    };
    this.#host.report(this.#ended);
  }
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
