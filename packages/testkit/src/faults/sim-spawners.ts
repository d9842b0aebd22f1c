import type { AttemptName, Nonce, SignalName, SpoolRecord } from '@juqueue/core';
import { encodeSpoolRecord, nodeFolder, nodeFolderFiles } from '@juqueue/core';
import type { Exit, LaunchPlan, SpawnerReport, Spawners } from '@juqueue/node-manager';
import { lostOutcome, noLastWords, seenOutcome } from '@juqueue/node-manager';
import type { Programs } from './program.ts';
import type { DiskClient } from './shared-disk.ts';
import { DiskWorker } from './shared-disk.ts';
import { SimProcess } from './sim-process.ts';
import type { Truth } from './truth.ts';

/** As the real guard. */
const alarmPatienceMs = 2_000;
const guardRetryMs = 1_000;
const guardTries = 900;

interface Attempt {
  readonly plan: LaunchPlan;
  /** Under which it was started. */
  readonly nonce: Nonce;
  /** Null before it is forked and after its end. */
  process: SimProcess | null;
  startedAtMs: number | null;
  wasSignalled: boolean;
  ended: Extract<SpawnerReport, { kind: 'ended' }> | null;
  isSettled: boolean;
}

/** The process of a node that forks its runs and guards them, with the rules of the real spawners. It outlives its NodeManager. */
export class SimSpawners implements Spawners {
  readonly #manager: SimProcess;
  readonly #guard: SimProcess;
  readonly #node: string;
  readonly #disk: DiskClient;
  readonly #programs: Programs;
  readonly #truth: Truth;
  readonly #report: (report: SpawnerReport) => void;
  readonly #attempts = new Map<string, Attempt>();
  #nonce: Nonce = '';
  #isGuarding = false;
  #leaseEndsAtMs: number | null = null;
  #isAlarmSet = false;
  #writes = 0;

  constructor(
    manager: SimProcess,
    node: string,
    disk: DiskClient,
    programs: Programs,
    truth: Truth,
    report: (report: SpawnerReport) => void,
  ) {
    this.#manager = manager;
    this.#guard = new SimProcess(manager.host, `${node} guard`, false);
    this.#node = node;
    this.#disk = disk;
    this.#programs = programs;
    this.#truth = truth;
    this.#report = report;
    manager.onKilled(() => this.#guard.deliver(() => this.#onManagerGone()));
  }

  get guard(): SimProcess {
    return this.#guard;
  }

  setup(nonce: Nonce): void {
    this.#nonce = nonce;
    this.#leaseEndsAtMs = null;
  }

  leaseUntil(endsInMs: number): void {
    this.#leaseEndsAtMs = this.#manager.monotonicMs() + endsInMs;
    if (!this.#isAlarmSet) this.#setAlarm();
  }

  start(plan: LaunchPlan): void {
    const attempt: Attempt = {
      plan,
      nonce: this.#nonce,
      process: null,
      startedAtMs: null,
      wasSignalled: false,
      ended: null,
      isSettled: false,
    };
    this.#attempts.set(keyOf(plan), attempt);
    this.#guard.after(this.#dice.between(2, 40), () => this.#fork(attempt));
  }

  signal(name: AttemptName, _signal: SignalName): void {
    const attempt = this.#attempts.get(keyOf(name));
    this.#guard.deliver(() => attempt !== undefined && this.#signal(attempt));
  }

  kill(name: AttemptName): void {
    const attempt = this.#attempts.get(keyOf(name));
    this.#guard.deliver(() => attempt !== undefined && this.#kill(attempt));
  }

  settled(names: readonly AttemptName[]): void {
    for (const name of names) {
      const attempt = this.#attempts.get(keyOf(name));
      if (attempt !== undefined) attempt.isSettled = true;
    }
  }

  /** The spawner is ended and what it had started is swept: kills that nobody confirms any more are made sure of. */
  abandon(names: readonly AttemptName[]): void {
    for (const name of names) {
      const attempt = this.#attempts.get(keyOf(name));
      if (attempt?.ended === null)
        this.#manager.after(this.#dice.between(50, 1_500), () =>
          this.#end(attempt, { kind: 'lost', detail: 'the process that had started it died' }),
        );
    }
  }

  get #dice(): SimProcess['host']['dice'] {
    return this.#guard.host.dice;
  }

  /** The lease has ended and the NodeManager, which should have known, has done nothing about it. */
  #setAlarm(): void {
    this.#isAlarmSet = true;
    this.#guard.after((this.#leaseEndsAtMs ?? 0) + alarmPatienceMs - this.#guard.monotonicMs(), () => {
      this.#isAlarmSet = false;
      if (this.#leaseEndsAtMs === null) return;
      if (this.#guard.monotonicMs() < this.#leaseEndsAtMs + alarmPatienceMs) this.#setAlarm();
      else for (const attempt of this.#attempts.values()) if (attempt.ended === null) this.#kill(attempt);
    });
  }

  #fork(attempt: Attempt): void {
    if (this.#isGuarding || attempt.ended !== null) return;
    const { plan } = attempt;
    const { host } = this.#guard;
    const process = new SimProcess(host, `${plan.run}#${plan.attempt}`, false);
    attempt.process = process;
    attempt.startedAtMs = host.wallMs();
    this.#truth.began(plan, this.#node, process);
    process.onKilled(() => this.#truth.stopped(plan, process));
    process.after(this.#programs.remainingMs(plan.run), () => this.#exit(attempt, { kind: 'exit', code: this.#programs.finish(plan.run) }));
    const { startedAtMs } = attempt;
    this.#tell({ kind: 'started', run: plan.run, attempt: plan.attempt, pid: 1_000 + this.#attempts.size, atMs: startedAtMs });
  }

  #signal(attempt: Attempt): void {
    const { process, plan } = attempt;
    if (process === null) {
      this.#end(attempt, { kind: 'recalled' });
      return;
    }
    attempt.wasSignalled = true;
    const { onSignal } = this.#programs.of(plan.run);
    const workedMs = this.#guard.host.wallMs() - (attempt.startedAtMs ?? 0);
    if (onSignal.kind === 'die') this.#exit(attempt, { kind: 'signal', signal: 'SIGTERM', isOutOfMemory: false });
    if (onSignal.kind === 'save') {
      process.after(onSignal.afterMs, () => {
        this.#programs.save(plan.run, Math.max(0, workedMs));
        this.#exit(attempt, { kind: 'exit', code: onSignal.exitCode });
      });
    }
  }

  /** Most processes die at once; one that waits in the kernel takes seconds. */
  #kill(attempt: Attempt): void {
    if (attempt.process === null) {
      this.#end(attempt, { kind: 'recalled' });
      return;
    }
    attempt.wasSignalled = true;
    this.#truth.killed(attempt.process);
    const delayMs = this.#dice.chance(0.2) ? this.#dice.between(500, 6_000) : this.#dice.between(1, 50);
    this.#guard.after(delayMs, () => this.#end(attempt, { kind: 'signal', signal: 'SIGKILL', isOutOfMemory: false }));
  }

  /** By its own doing, or by a signal that it got. The guard hears of it when it is scheduled. */
  #exit(attempt: Attempt, exit: Exit): void {
    attempt.process?.kill();
    this.#guard.deliver(() => this.#end(attempt, exit));
  }

  #end(attempt: Attempt, exit: Exit): void {
    if (attempt.ended !== null) return;
    attempt.process?.kill();
    attempt.process = null;
    const { run, attempt: number } = attempt.plan;
    attempt.ended = {
      kind: 'ended',
      run,
      attempt: number,
      exit,
      atMs: this.#guard.host.wallMs(),
      wasSignalled: attempt.wasSignalled,
      output: { stdout: 0, stderr: 0 },
    };
    this.#truth.exited(attempt.plan, exit);
    this.#tell(attempt.ended);
  }

  #tell(report: SpawnerReport): void {
    this.#guard.host.timeline.after(this.#dice.between(0, 5), () => this.#manager.deliver(() => this.#report(report)));
  }

  /** The pipe to the NodeManager is closed: every process is ended, and what became of it is written down. */
  #onManagerGone(): void {
    this.#isGuarding = true;
    this.#guard.after(this.#dice.between(20, 1_500), () => {
      for (const attempt of this.#attempts.values()) attempt.process?.kill();
      const atMs = this.#guard.nowMs();
      const unsettled = [...this.#attempts.values()].filter((attempt) => !attempt.isSettled);
      for (const nonce of new Set([this.#nonce, ...unsettled.map((attempt) => attempt.nonce)])) {
        const ended = unsettled.filter((attempt) => attempt.nonce === nonce).map((attempt) => lastRecord(attempt, atMs));
        this.#write(nonce, [...ended, { kind: 'closed', by: 'guard', atMs, guard: 0, guards: 1 }], guardTries);
      }
    });
  }

  #write(nonce: Nonce, records: readonly SpoolRecord[], tries: number): void {
    const worker = new DiskWorker(this.#guard, this.#disk);
    if (tries === guardTries) this.#writes += 1;
    const run = (view: Parameters<Parameters<typeof worker.do>[0]['run']>[0]): void => {
      view.append(`${nodeFolder(this.#node, nonce)}/${nodeFolderFiles.spool}`, records.map(encodeSpoolRecord).join(''));
      for (const record of records) if (record.kind === 'ended') this.#truth.spooled(this.#node, nonce, record);
    };
    worker.do({ name: 'the guard appends to the spool', kind: 'write', run }, (answer) => {
      if (answer.kind === 'failed' && tries > 0) this.#guard.after(guardRetryMs, () => this.#write(nonce, records, tries - 1));
      else if ((this.#writes -= 1) === 0) this.#guard.kill();
    });
  }
}

function lastRecord({ plan, ended, startedAtMs }: Attempt, atMs: number): SpoolRecord {
  const outcome =
    ended === null || ended.wasSignalled
      ? lostOutcome({ startedAtMs, endedAtMs: ended?.atMs ?? atMs }, 'the NodeManager died; its guard ended the run')
      : seenOutcome(ended.exit, { startedAtMs, endedAtMs: ended.atMs }, null, noLastWords);
  return { kind: 'ended', run: plan.run, attempt: plan.attempt, outcome };
}

function keyOf({ run, attempt }: AttemptName): string {
  return `${run}#${attempt}`;
}
