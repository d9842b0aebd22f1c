import { join } from 'node:path';
import { Changes } from '../../packages/core/src/evolve/changes.ts';
import { openJournalStore, World } from '../../packages/core/src/index.ts';
import type { Allocation } from '../../packages/core/src/index.ts';
import type { TestFolder } from '../../packages/testkit/src/index.ts';

/** Every allocation that there ever was, as the journal of an ended manager has it. */
export async function recordedAllocations(folder: TestFolder): Promise<readonly Allocation[]> {
  const opened = await openJournalStore({ directory: join(folder.workDir, '.juqueue/journal') });
  if (opened.kind !== 'open') throw new Error(`the journal is damaged in ${opened.damage.segment}`);
  try {
    const world = new World();
    for await (const batch of opened.store.replay(1)) for (const { event, atMs } of batch) world.apply(event, atMs, new Changes());
    return [...world.allAllocations];
  } finally {
    await opened.store.close();
  }
}

/** Billed node-seconds of each allocation by the number of its job; those that never had a node are billed nothing. */
export function billedSeconds(allocations: readonly Allocation[]): ReadonlyMap<number, number> {
  return new Map(
    allocations.flatMap(({ jobId, startedAtMs, endedAtMs }) =>
      jobId === null ? [] : [[Number(jobId), startedAtMs === null || endedAtMs === null ? 0 : (endedAtMs - startedAtMs) / 1000]],
    ),
  );
}
