import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Log, Nonce, SignalName } from '@juqueue/core';
import { assert } from '@juqueue/core';
import type { Spawners } from '../core/node-ports.ts';
import type { Environment } from '../launch/inheritable-environment.ts';
import type { LaunchPlan } from '../launch/launch-plan.ts';
import { newInheritedMark, underMark } from './inherited-mark.ts';
import { sharedClockMs } from './lease-alarm.ts';
import { LineChannel } from './line-channel.ts';
import type { ReaperWorkerData } from './reaper-worker.ts';
import type { AttemptName } from '@juqueue/core';
import type { SpawnerOrder, SpawnerReport } from './spawner-messages.ts';
import { attemptKey } from './spawner-messages.ts';

/**
 * Small processes fork faster, because the kernel copies the page tables of a spawner for every run: no optimising
 * compilers, no second copy of the built-in code, a small young generation. Measured: a third less time for each run.
 */
const smallNodeFlags = ['--no-opt', '--no-maglev', '--no-short-builtin-calls', '--max-semi-space-size=1'] as const;

/** Threads are memory that every fork copies. These read /proc, and write scripts and spools now and then. */
const threadPoolSize = 4;

export interface SpawnerPoolOptions {
  readonly program: URL;
  readonly size: number;
  readonly environment: Environment;
  readonly folderOf: (nonce: Nonce) => string;
  readonly log: Log;
}

interface Member {
  readonly guard: number;
  readonly process: ChildProcess;
  /** What everything inherits that it starts. */
  readonly mark: number;
  readonly channel: LineChannel<SpawnerOrder, SpawnerReport>;
  /** Attempts that it holds, by key. */
  readonly attempts: Map<string, LaunchPlan>;
}

/**
 * The spawner processes of a node. A run goes to the one with the fewest; when one dies, its runs are ended from here and
 * reported as lost, and another takes its place.
 */
export class SpawnerPool implements Spawners {
  readonly #options: SpawnerPoolOptions;
  readonly #onReport: (report: SpawnerReport) => void;
  readonly #members: Member[];
  readonly #unsettled = new Map<string, Member>();
  #nonce: Nonce | null = null;
  #isClosed = false;

  constructor(options: SpawnerPoolOptions, onReport: (report: SpawnerReport) => void) {
    this.#options = options;
    this.#onReport = onReport;
    this.#members = Array.from({ length: options.size }, (_, guard) => this.#startMember(guard));
  }

  setup(nonce: Nonce): void {
    this.#nonce = nonce;
    for (const member of this.#members) this.#setUp(member, nonce);
  }

  start(plan: LaunchPlan): void {
    const member = this.#members.reduce((least, other) => (other.attempts.size < least.attempts.size ? other : least));
    const key = attemptKey(plan);
    member.attempts.set(key, plan);
    this.#unsettled.set(key, member);
    member.channel.send({ kind: 'start', plan });
  }

  signal({ run, attempt }: AttemptName, signal: SignalName): void {
    this.#memberOf({ run, attempt })?.channel.send({ kind: 'signal', run, attempt, signal });
  }

  kill({ run, attempt }: AttemptName): void {
    this.#memberOf({ run, attempt })?.channel.send({ kind: 'kill', run, attempt });
  }

  settled(names: readonly AttemptName[]): void {
    const byMember = new Map<Member, AttemptName[]>();
    for (const name of names) {
      const member = this.#unsettled.get(attemptKey(name));
      if (member === undefined) continue;
      this.#unsettled.delete(attemptKey(name));
      byMember.set(member, [...(byMember.get(member) ?? []), name]);
    }
    for (const [member, attempts] of byMember) member.channel.send({ kind: 'settled', attempts });
  }

  leaseUntil(endsInMs: number): void {
    for (const member of this.#members) member.channel.send({ kind: 'lease', endsAtMs: sharedClockMs() + endsInMs });
  }

  abandon(names: readonly AttemptName[]): void {
    for (const member of new Set(names.flatMap((name) => this.#memberOf(name) ?? []))) {
      this.#options.log.warn(`spawner ${member.process.pid} does not confirm kills; it is ended and its runs are swept`);
      member.process.kill('SIGKILL');
    }
  }

  /** Lets the spawners go: closing their pipes makes them end what is left, which must be nothing. */
  close(): void {
    this.#isClosed = true;
    for (const member of this.#members) pipeOf(member.process).destroy();
  }

  #memberOf(name: AttemptName): Member | null {
    return this.#members.find((member) => member.attempts.has(attemptKey(name))) ?? null;
  }

  #startMember(guard: number): Member {
    const mark = newInheritedMark();
    const [program, args] = underMark(mark, process.execPath, [...smallNodeFlags, fileURLToPath(this.#options.program), 'spawner']);
    const child = spawn(program, args, {
      // A session of its own, so that what ends the NodeManager's group does not end its guards.
      detached: true,
      stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
      env: { ...process.env, UV_THREADPOOL_SIZE: String(threadPoolSize) },
    });
    const attempts = new Map<string, LaunchPlan>();
    const channel = new LineChannel<SpawnerOrder, SpawnerReport>(
      pipeOf(child),
      (report) => this.#reported(member, report),
      () => this.#died(member),
    );
    const member: Member = { guard, process: child, mark, channel, attempts };
    if (this.#nonce !== null) this.#setUp(member, this.#nonce);
    return member;
  }

  #setUp(member: Member, nonce: Nonce): void {
    const { size, environment, folderOf } = this.#options;
    member.channel.send({ kind: 'setup', folder: folderOf(nonce), nonce, guard: member.guard, guards: size, environment });
  }

  #reported(member: Member, report: SpawnerReport): void {
    if (report.kind === 'ended') member.attempts.delete(attemptKey(report));
    this.#onReport(report);
  }

  #died(member: Member): void {
    if (this.#isClosed) return;
    this.#options.log.warn(`spawner ${member.process.pid} died; its ${member.attempts.size} runs are ended`);
    // Before anything starts in its place: a spawner that only lost its pipe must not go on beside the new one.
    member.process.kill('SIGKILL');
    this.#members[member.guard] = this.#startMember(member.guard);
    const lost = [...member.attempts.values()];
    if (lost.length === 0) return;
    const reaper = new Worker(this.#options.program, {
      workerData: { role: 'reaper', attemptIds: lost.map((plan) => plan.attemptId), mark: member.mark } satisfies ReaperWorkerData,
    });
    reaper.on('error', (error: Error) =>
      this.#options.log.warn(`the runs of spawner ${member.process.pid} cannot be swept: ${error.message}`),
    );
    reaper.on('message', () => {
      for (const { run, attempt } of lost) {
        this.#onReport({
          kind: 'ended',
          run,
          attempt,
          exit: { kind: 'lost', detail: 'the process that had started it died' },
          atMs: Date.now(),
          wasSignalled: false,
          output: { stdout: 0, stderr: 0 },
        });
      }
    });
  }
}

function pipeOf(child: ChildProcess): Duplex {
  const pipe = child.stdio[3];
  assert(pipe !== undefined && pipe !== null, 'a spawner has a pipe');
  return pipe as Duplex;
}
