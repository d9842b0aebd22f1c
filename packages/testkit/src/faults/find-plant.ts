import type { Plant } from './plants.ts';
import { simulateSeeds } from './seed-pool.ts';
import type { SimulationResult } from './simulate.ts';

/** The first world among these seeds that breaks a promise with this mistake planted; null when none does. */
export async function findPlant(
  plant: Plant,
  seeds: { readonly from: number; readonly count: number; readonly jobs: number },
): Promise<SimulationResult | null> {
  let found: SimulationResult | null = null;
  await simulateSeeds({ ...seeds, only: plant.only ?? null, plant }, (result) => {
    if (result.violation === null) return 'go on';
    found ??= result;
    return 'stop';
  });
  return found;
}
