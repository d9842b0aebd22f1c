import type { Clock, Timer } from '../ports/clock.ts';
import type { ManagerFiles } from '../ports/manager-files.ts';
import type { FencingTimes } from '../fencing/fencing-times.ts';

/** Overwrites the manager's counter until it is told to stop; a file system that hangs gets no second write on top. */
export function showAlive(files: ManagerFiles, clock: Clock, times: FencingTimes): () => void {
  let counter = 0;
  let isWriting = false;
  let timer: Timer | null = null;
  const write = (): void => {
    timer = clock.after(times.managerCounterMs, write);
    if (isWriting) return;
    isWriting = true;
    void files
      .writeCounter((counter += 1))
      .catch(() => undefined)
      .finally(() => (isWriting = false));
  };
  write();
  return () => timer?.cancel();
}
