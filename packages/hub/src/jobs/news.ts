/** Wakes whoever waits for something that happens: streams, long polls. */
export class News {
  readonly #waiting = new Set<() => void>();

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  tell(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /** Begins to listen at once; `promise` resolves with the next news, when the time is over or the signal is given. */
  next(waitMs: number, signal: AbortSignal): { readonly promise: Promise<void>; stop(): void } {
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      this.#waiting.delete(stop);
      resolve();
    };
    const timer = setTimeout(stop, Math.max(0, waitMs));
    signal.addEventListener('abort', stop);
    this.#waiting.add(stop);
    if (signal.aborted) stop();
    return { promise, stop };
  }
}
