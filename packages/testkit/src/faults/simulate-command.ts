import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { faultKinds } from './faults.ts';
import { findPlant } from './find-plant.ts';
import { plants } from './plants.ts';
import { simulateSeeds } from './seed-pool.ts';
import type { SimulationResult } from './simulate.ts';
import { simulate } from './simulate.ts';

/** How many seeds are tried for a mistake that its own seed does not find any more. */
const searchMax = 2_000;

const usage = `npm run simulate -- [--seeds 200] [--from 1] [--jobs N]   many worlds; each failure with its seed
npm run simulate -- --seed N [--trace]                     one world; with everything that happens in it
npm run simulate -- --only 'a node dies' --only '...'       worlds that know only these faults
npm run simulate -- --faults                               their names
npm run simulate -- --mutations                            which seed finds each planted mistake`;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '1' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    faults: { type: 'boolean', default: false },
    mutations: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const only = values.only === undefined ? null : faultKinds.filter((kind) => values.only?.includes(kind));
if (values.help) console.log(usage);
else if (values.faults) console.log(faultKinds.join('\n'));
else if (values.mutations) await findPlants();
else if (values.seed !== undefined) await one(Number(values.seed));
else await many(Number(values.from), Number(values.seeds));

async function one(seed: number): Promise<void> {
  const result = await simulate(seed, { only, ...(values.trace ? { print: (line: string) => console.log(line) } : {}) });
  if (result.violation !== null && !values.trace) console.log(result.tail.join('\n'));
  console.log(describe(result));
  if (result.violation !== null) process.exitCode = 1;
}

async function many(from: number, count: number): Promise<void> {
  const began = performance.now();
  const sums = { broken: 0, steps: 0, virtualMs: 0, attempts: 0, requeues: 0, longestOverlapMs: 0 };
  await simulateSeeds({ from, count, jobs: Number(values.jobs), only, plant: null }, (result) => {
    sums.steps += result.steps;
    sums.virtualMs += result.virtualMs;
    sums.attempts += result.attempts;
    sums.requeues += result.requeues;
    sums.longestOverlapMs = Math.max(sums.longestOverlapMs, result.longestOverlapMs);
    if (result.violation === null) return 'go on';
    sums.broken += 1;
    console.log(
      `\n${result.tail.slice(-25).join('\n')}\n${describe(result)}\nAgain, with everything: npm run simulate -- --seed ${result.seed} --trace\n`,
    );
    return 'go on';
  });
  console.log(
    `${count} worlds, ${sums.broken} of them broke a promise; ${Math.round(sums.virtualMs / 3_600_000)} hours of theirs in ${Math.round((performance.now() - began) / 1000)} s: ` +
      `${sums.steps} steps, ${sums.attempts} attempts, ${sums.requeues} of them given up with their node; longest overlap after a thaw ${sums.longestOverlapMs} ms`,
  );
  if (sums.broken > 0) process.exitCode = 1;
}

async function findPlants(): Promise<void> {
  for (const plant of plants) {
    const found =
      (await findPlant(plant, { from: plant.seed, count: 1, jobs: 1 })) ??
      (await findPlant(plant, { from: 1, count: searchMax, jobs: Number(values.jobs) }));
    console.log(`${plant.name}\n    ${found === null ? `NOT FOUND by ${searchMax} seeds` : describe(found)}`);
    if (found === null) process.exitCode = 1;
  }
}

function describe({ seed, violation, steps }: SimulationResult): string {
  return violation === null ? `seed ${seed}: every promise held over ${steps} steps` : `seed ${seed}: ${violation}`;
}
