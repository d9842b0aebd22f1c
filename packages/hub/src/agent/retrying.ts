import { HubUnreachable } from './hub-port.ts';
import { ManagerUnreachable } from './runs-port.ts';

/** First pause and longest pause between two tries. */
const firstPauseMs = 250;
const longestPauseMs = 15_000;

/** Tries again what nobody answers, with growing pauses of which each has its chance. */
export class Retrying {
  readonly #random: () => number;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** Rejects with what is no matter of waiting, and when the signal says so. */
  async untilAnswered<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T> {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
      signal.throwIfAborted();
      try {
        return await task();
      } catch (error) {
        if (!(error instanceof HubUnreachable) && !(error instanceof ManagerUnreachable)) throw error;
      }
      await pause(pauseMs * (0.5 + this.#random()), signal);
    }
  }
}

/** Resolves after so long, or when the signal says so. */
export function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, durationMs);
    signal.addEventListener('abort', done);
  });
}
