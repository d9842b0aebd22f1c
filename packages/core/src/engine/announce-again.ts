import type { EnginePorts } from './engine-ports.ts';
import type { LaterLooks } from './later-looks.ts';
import { engineTimes } from './engine-times.ts';

/**
 * Writes again and again where this manager can be reached: one that it replaced may have written its own address late, over
 * ours. `act` runs an effect while the right to act lasts, by which a manager that is idle also learns that it was replaced.
 */
export function announceAgain(
  later: LaterLooks,
  act: (effect: () => Promise<void>) => Promise<void>,
  { announce, log }: Pick<EnginePorts, 'announce' | 'log'>,
): void {
  later.after(engineTimes.announceMs, () => {
    announceAgain(later, act, { announce, log });
    void act(() => announce().catch((error: unknown) => log.warn(`the addresses could not be written: ${String(error)}`)));
  });
}
