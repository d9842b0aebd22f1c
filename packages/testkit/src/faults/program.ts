import type { RunId } from '@juqueue/core';

/** What the command of a run does when it is executed. */
export interface Program {
  /** How long it works until it is done, over all attempts if it keeps what it has done. */
  readonly workMs: number;
  /** The exit code of each attempt that gets to its end; the last one stands for all later. */
  readonly exitCodes: readonly number[];
  /** On a signal: saves and exits with this code, dies of it, or does not mind. */
  readonly onSignal:
    { readonly kind: 'save'; readonly afterMs: number; readonly exitCode: number } | { readonly kind: 'die' } | { readonly kind: 'ignore' };
}

/** The programs of all runs, and what each has saved: the files of their directories. */
export class Programs {
  readonly #programs = new Map<RunId, Program>();
  readonly #savedMs = new Map<RunId, number>();
  readonly #finished = new Map<RunId, number>();

  define(run: RunId, program: Program): void {
    this.#programs.set(run, program);
  }

  of(run: RunId): Program {
    const program = this.#programs.get(run);
    if (program === undefined) throw new Error(`there is no program for ${run}`);
    return program;
  }

  remainingMs(run: RunId): number {
    return Math.max(1_000, this.of(run).workMs - (this.#savedMs.get(run) ?? 0));
  }

  save(run: RunId, workedMs: number): void {
    this.#savedMs.set(run, (this.#savedMs.get(run) ?? 0) + workedMs);
  }

  /** The exit code of an execution that gets to its end now. */
  finish(run: RunId): number {
    const times = this.#finished.get(run) ?? 0;
    this.#finished.set(run, times + 1);
    const { exitCodes } = this.of(run);
    return exitCodes[Math.min(times, exitCodes.length - 1)] ?? 0;
  }
}
