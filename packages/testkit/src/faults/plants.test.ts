import { describe, expect, test } from 'vitest';
import { findPlant } from './find-plant.ts';
import { plants } from './plants.ts';
import { simulate } from './simulate.ts';

/** Every change of a decision makes other worlds of the seeds, so that a plant's own seed may not find it any more; near it another one does. */
const seedsMax = 300;

describe('a simulated world breaks a promise when', () => {
  test.each(plants)('$name', { timeout: 240_000 }, async (plant) => {
    const found = await findPlant(plant, { from: plant.seed, count: seedsMax, jobs: 1 });
    expect(found?.violation).toEqual(expect.any(String));
    const whole = await simulate(found?.seed ?? 0, { only: plant.only ?? null });
    expect(whole.violation).toBeNull();
  });
});
