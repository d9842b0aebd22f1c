import { exitCodes } from '../exit-codes.ts';
import type { RunningManager } from '@juqueue/server';

/**
 * Ctrl-C in a terminal reaches every process of the group, and npm and our own launcher pass it on once more. So signals
 * that close together are one wish; the next one is the second.
 */
const sameWishMs = 500;

/** First SIGINT or SIGTERM: an orderly stop. The second: at once. SIGHUP: serve on without the terminal. */
export function obeySignals(manager: RunningManager, tell: (sentence: string) => void): void {
  let firstAtMs: number | null = null;
  const onSignal = (): void => {
    const nowMs = performance.now();
    if (firstAtMs === null) {
      firstAtMs = nowMs;
      tell('Stopping. Once more to end at once (nodes then go on, and the next start finds them).');
      manager.stop('leave').catch((error: unknown) => tell(`The stop failed: ${String(error)}`));
    } else if (nowMs - firstAtMs > sameWishMs) {
      process.exit(exitCodes.interrupted);
    }
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  process.on('SIGHUP', () => undefined);
  // A terminal that has gone makes every write an error.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
}
