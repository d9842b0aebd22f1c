import { setTimeout as sleep } from 'node:timers/promises';
import type { Marks } from './find-processes.ts';
import { findProcesses } from './find-processes.ts';
import { startTicksOf } from './read-mark.ts';

/** Between two scans: a process that is just being forked or executed is seen by the second. */
const pauseBetweenScansMs = 20;

/** A process that SIGKILL does not end waits in the kernel; it is looked for less and less often. */
const longestPauseMs = 2_000;

/**
 * SIGKILL for every process with these marks that started at `sinceTicks` or later, until two scans in a row find none.
 * Resolves only then: what it was called for executes nothing any more.
 */
export async function sweep(isWanted: (marks: Marks) => boolean, sinceTicks = 0): Promise<void> {
  let emptyScans = 0;
  for (let pauseMs = pauseBetweenScansMs; ; pauseMs = emptyScans > 0 ? pauseBetweenScansMs : Math.min(pauseMs * 1.5, longestPauseMs)) {
    const found = await findProcesses(isWanted, sinceTicks);
    for (const pid of found) killQuietly(pid);
    emptyScans = found.length === 0 ? emptyScans + 1 : 0;
    if (emptyScans === 2) return;
    await sleep(pauseMs);
  }
}

/** What a finished run left behind does no harm for a second, and one scan then serves all that finished meanwhile. */
const laterMs = 1_000;

/** An attempt that had a process. All its processes started when the first one did, or later; 0 when that could not be read. */
export interface SweptAttempt {
  readonly attemptId: string;
  readonly startTicks: number;
}

/** SIGKILL; false when there is nothing to kill. A negative number is a process group. */
export function killQuietly(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}

/**
 * Sweeps for many attempts at one time: attempts that end while a sweep is under way share the next one, so that a
 * thousand failing runs a second cost a few scans and not a thousand.
 */
export class AttemptSweeper {
  /** The mark that everything has which this process started; null when it could not be given. */
  readonly #mark: Promise<number | null>;
  readonly #executing = new Set<SweptAttempt>();
  #waiting: { readonly attempt: SweptAttempt; readonly done: () => void }[] = [];
  #later: SweptAttempt[] = [];
  #isSweeping = false;

  constructor(mark: Promise<number | null>) {
    this.#mark = mark;
  }

  /** The attempt has a process from now on, this one. */
  began(attemptId: string, pid: number): SweptAttempt {
    const attempt = { attemptId, startTicks: startTicksOf(pid) ?? 0 };
    this.#executing.add(attempt);
    return attempt;
  }

  /** Its first process is gone. What is left of it may be anybody's no longer. */
  over(attempt: SweptAttempt): void {
    this.#executing.delete(attempt);
  }

  /** For attempts that finished by themselves: together with all others of the next second. */
  sweepLater(attempt: SweptAttempt): void {
    this.#later.push(attempt);
    if (this.#later.length > 1) return;
    setTimeout(() => {
      for (const each of this.#later) void this.sweep(each);
      this.#later = [];
    }, laterMs);
  }

  /** Resolves when no process of this attempt is left. */
  sweep(attempt: SweptAttempt): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ attempt, done: resolve });
      void this.#sweepOn();
    });
  }

  async #sweepOn(): Promise<void> {
    if (this.#isSweeping) return;
    this.#isSweeping = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      const ids = new Set(batch.map(({ attempt }) => attempt.attemptId));
      const mark = await this.#mark;
      const sinceTicks = Math.min(...batch.map(({ attempt }) => attempt.startTicks));
      await sweep((marks) => (marks.attemptId !== null && ids.has(marks.attemptId)) || this.#isNobodys(marks, mark), sinceTicks);
      for (const { done } of batch) done();
    }
    this.#isSweeping = false;
  }

  /**
   * A process that cleared its environment shows only that it came from here. It is ended when every attempt that can have
   * started it is over: when none executes that began before it did. The last of those to end looks far enough back for it.
   */
  #isNobodys({ inherited }: Marks, mark: number | null): boolean {
    if (inherited === null || inherited.mark !== mark) return false;
    return [...this.#executing].every(({ startTicks }) => inherited.startTicks < startTicks);
  }
}
