import type { EndedAttempt, RunId } from '@juqueue/core';
import { nodeTimes } from './node-times.ts';

/**
 * Outcomes that the manager has not acknowledged yet, and which attempt of each run was the newest here: a duplicate of a
 * start must not execute it a second time.
 */
export class OutcomeBox {
  readonly #pending = new Map<RunId, EndedAttempt>();
  readonly #newest = new Map<RunId, number>();

  get isEmpty(): boolean {
    return this.#pending.size === 0;
  }

  /** In the order in which they ended. */
  get pending(): readonly EndedAttempt[] {
    return [...this.#pending.values()];
  }

  /** The number of the newest attempt of this run that was ever here; 0 when there was none. */
  newestAttempt(run: RunId): number {
    return this.#newest.get(run) ?? 0;
  }

  noteAttempt(run: RunId, attempt: number): void {
    this.#newest.delete(run);
    this.#newest.set(run, attempt);
    if (this.#newest.size <= nodeTimes.rememberedAttempts) return;
    const [oldest] = this.#newest.keys();
    if (oldest !== undefined) this.#newest.delete(oldest);
  }

  add(ended: EndedAttempt): void {
    this.#pending.set(ended.run, ended);
  }

  unacknowledged(run: RunId, attempt: number): EndedAttempt | null {
    const ended = this.#pending.get(run);
    return ended?.attempt === attempt ? ended : null;
  }

  acknowledge(run: RunId, attempt: number): void {
    if (this.unacknowledged(run, attempt) !== null) this.#pending.delete(run);
  }
}
