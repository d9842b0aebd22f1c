import { setTimeout as sleep } from 'node:timers/promises';

const shortestPauseMs = 50;
/** Of the time that goes into asking: a probe that starts a Slurm command must not keep slurmctld from its work. */
const pausePerProbe = 10;

/**
 * The first defined answer of the probe. Throws when there is none in time, naming what was waited for and the last
 * error of the probe, which may fail while things are not ready.
 */
export async function waitUntil<T>(what: string, timeLimitMs: number, probe: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const deadline = performance.now() + timeLimitMs;
  for (;;) {
    const askedAt = performance.now();
    let lastError: unknown;
    try {
      const answer = await probe();
      if (answer !== undefined) return answer;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() >= deadline) {
      throw new Error(`waited ${timeLimitMs} ms in vain until ${what}`, { cause: lastError });
    }
    await sleep(Math.max(shortestPauseMs, pausePerProbe * (performance.now() - askedAt)));
  }
}
