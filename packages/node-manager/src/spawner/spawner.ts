import { Socket } from 'node:net';
import { AttemptProcess } from './attempt-process.ts';
import type { AttemptHost } from './attempt-process.ts';
import { guard } from './guard.ts';
import { inheritedMarkOf } from './read-mark.ts';
import { LeaseAlarm } from './lease-alarm.ts';
import { LineChannel } from './line-channel.ts';
import { OutOfMemoryWatch } from './out-of-memory.ts';
import { ScriptFiles } from './script-files.ts';
import type { SpawnerOrder, SpawnerReport } from './spawner-messages.ts';
import { attemptKey } from './spawner-messages.ts';
import { AttemptSweeper } from './sweeper.ts';

/** The descriptor on which a spawner finds the pipe to its NodeManager. */
export const spawnerPipeFd = 3;

/** Meant for the NodeManager or for runs, never for their guard, which goes when the pipe closes and its work is done. */
const ignoredSignals = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'] as const;

type Setup = Extract<SpawnerOrder, { kind: 'setup' }>;

/**
 * The program of a spawner process. It forks the runs, because a small process forks faster than a large one, and it is
 * their guard: it holds a pipe to the NodeManager, and when that closes it ends every process of the node.
 */
export async function runSpawner(): Promise<void> {
  for (const signal of ignoredSignals) process.on(signal, () => undefined);
  const outOfMemory = new OutOfMemoryWatch();
  await outOfMemory.start();
  const spawner = new Spawner(outOfMemory, (report) => channel.send(report));
  const channel = new LineChannel<SpawnerReport, SpawnerOrder>(
    new Socket({ fd: spawnerPipeFd }),
    (order) => spawner.obey(order),
    () => void spawner.guard().then(() => process.exit(0)),
  );
}

class Spawner {
  readonly #attempts = new Map<string, AttemptProcess>();
  readonly #outOfMemory: OutOfMemoryWatch;
  readonly #mark = inheritedMarkOf('self');
  readonly #sweeper = new AttemptSweeper(this.#mark);
  readonly #lease = new LeaseAlarm(() => this.#endAll());
  #setup: Setup | null = null;
  #host: AttemptHost | null = null;
  #isGuarding = false;
  readonly #report: (report: SpawnerReport) => void;

  constructor(outOfMemory: OutOfMemoryWatch, report: (report: SpawnerReport) => void) {
    this.#outOfMemory = outOfMemory;
    this.#report = report;
  }

  obey(order: SpawnerOrder): void {
    switch (order.kind) {
      case 'setup':
        this.#setUp(order);
        return;
      case 'start':
        if (this.#host !== null && !this.#isGuarding)
          this.#attempts.set(attemptKey(order.plan), new AttemptProcess(order.plan, this.#host));
        return;
      case 'signal':
        this.#attempts.get(attemptKey(order))?.signal(order.signal);
        return;
      case 'kill':
        this.#attempts.get(attemptKey(order))?.kill();
        return;
      case 'lease':
        this.#lease.set(order.endsAtMs);
        return;
      case 'settled':
        for (const name of order.attempts) this.#attempts.delete(attemptKey(name));
        return;
    }
  }

  async guard(): Promise<void> {
    this.#isGuarding = true;
    if (this.#setup !== null) await guard({ ...this.#setup, attempts: [...this.#attempts.values()], mark: await this.#mark });
  }

  /** The NodeManager let the lease run out and did nothing: it is stopped, alone. It learns of the ends when it goes on. */
  #endAll(): void {
    for (const attempt of this.#attempts.values()) attempt.kill();
  }

  #setUp(setup: Setup): void {
    this.#lease.clear();
    this.#setup = setup;
    this.#host = {
      folder: setup.folder,
      environment: setup.environment,
      scripts: new ScriptFiles(setup.folder),
      sweeper: this.#sweeper,
      outOfMemory: this.#outOfMemory,
      report: this.#report,
    };
  }
}
