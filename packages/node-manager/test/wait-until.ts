import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again until the answer is neither null, undefined nor false; throws with the name of what did not happen. */
export async function waitUntil<T>(what: string, ask: () => T | Promise<T>, withinMs = 10_000): Promise<NonNullable<Exclude<T, false>>> {
  const giveUpAtMs = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== null && answer !== undefined && answer !== false) return answer as NonNullable<Exclude<T, false>>;
    if (performance.now() > giveUpAtMs) throw new Error(`did not happen within ${withinMs} ms: ${what}`);
    await sleep(15);
  }
}
