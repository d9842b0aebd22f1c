/**
 * How long tokens have not been seen. A submission that was not answered may still become a job, for as long as Slurm's own
 * messages take; what the caller waits by itself counts towards that.
 */
export class Absences {
  readonly #firstMs = new Map<string, number>();

  /** Of the tokens that an answer did not hold, those that have been away for `patienceMs`. Others are remembered. */
  over(absent: readonly string[], patienceMs: number, nowMs: number): readonly string[] {
    return absent.filter((token) => {
      const firstMs = this.#firstMs.get(token) ?? nowMs;
      this.#firstMs.set(token, firstMs);
      return nowMs - firstMs >= patienceMs;
    });
  }

  /** Forgets all but these: the others were seen, or nobody asks about them any more. */
  keepOnly(absent: readonly string[]): void {
    const kept = new Set(absent);
    for (const token of this.#firstMs.keys()) if (!kept.has(token)) this.#firstMs.delete(token);
  }
}
