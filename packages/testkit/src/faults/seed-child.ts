import { simulate } from './simulate.ts';

/** A child of seed-pool: simulates `count` seeds from `first` on, every `step`th, and says each result as a line of JSON. */
const [numbers = '[1, 1, 1]', only = 'null'] = process.argv.slice(2);
const [first, step, count]: [number, number, number] = JSON.parse(numbers);
for (let i = 0; i < count; i += 1)
  process.stdout.write(`${JSON.stringify(await simulate(first + i * step, { only: JSON.parse(only) }))}\n`);
