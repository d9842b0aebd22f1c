import type { Clock } from '../ports/clock.ts';
import type { Store } from '../ports/store.ts';
import type { Problem } from '../model/errors.ts';
import { engineTimes } from './engine-times.ts';

/** Waits until what was recorded is durable (null), or until the store says why it is not: nobody shall wait for a full disk. */
export async function durableOrTrouble(durable: Promise<unknown>, store: Store, clock: Clock): Promise<string | null> {
  let isDurable = false;
  const settled = durable.then(() => (isDurable = true));
  while (!isDurable) {
    const look = Promise.withResolvers<void>();
    const timer = clock.after(engineTimes.troubleLookMs, look.resolve);
    await Promise.race([settled, look.promise]);
    timer.cancel();
    if (!isDurable && store.trouble !== null) return store.trouble;
  }
  return null;
}

/** The answer of a manager that has lost the right to act while it waited. */
export const superseded: Problem = {
  code: 'JQ_STOPPING',
  message: 'Another manager has taken over this work-dir; nothing was changed.',
  hint: 'Ask again: juqueue finds the new one by the work-dir.',
};
