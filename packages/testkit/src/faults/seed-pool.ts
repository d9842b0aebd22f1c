import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { FaultKind } from './faults.ts';
import type { Plant } from './plants.ts';
import type { SimulationResult } from './simulate.ts';

export interface SeedRange {
  readonly from: number;
  readonly count: number;
  /** How many processes share the work. */
  readonly jobs: number;
  /** As in SimulationOptions. */
  readonly only: readonly FaultKind[] | null;
  /** A mistake to be planted; null: the product as it is. */
  readonly plant: Plant | null;
}

/** Simulates a range of seeds in processes of their own. `onResult` is told of each; when it answers `stop`, the rest is left out. */
export async function simulateSeeds(
  { from, count, jobs, only, plant }: SeedRange,
  onResult: (result: SimulationResult) => 'go on' | 'stop',
): Promise<void> {
  const stop = new AbortController();
  const hook = plant === null ? [] : ['--import', new URL('./plant-hook.ts', import.meta.url).href];
  const env = plant === null ? process.env : { ...process.env, JUQUEUE_PLANT: plant.name };
  const runs = Array.from({ length: Math.min(jobs, count) }, async (_, job) => {
    const ownCount = Math.ceil((count - job) / jobs);
    const child = spawn(
      process.execPath,
      [
        ...hook,
        fileURLToPath(new URL('./seed-child.ts', import.meta.url)),
        JSON.stringify([from + job, jobs, ownCount]),
        JSON.stringify(only),
      ],
      {
        env,
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    stop.signal.addEventListener('abort', () => child.kill());
    const exited = once(child, 'exit');
    let results = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      const result: SimulationResult = JSON.parse(line);
      results += 1;
      if (!stop.signal.aborted && onResult(result) === 'stop') stop.abort();
    }
    await exited;
    if (!stop.signal.aborted && results < ownCount) throw new Error(`a process that simulates ended after ${results} of ${ownCount} seeds`);
  });
  await Promise.all(runs);
}
