import { describe, expect, test } from 'vitest';
import { simulate } from './simulate.ts';

/** 200 worlds, in parts that say where the time goes. `npm run simulate` looks at more. */
const partSize = 20;
const parts = Array.from({ length: 10 }, (_, part) => 1 + part * partSize);

describe('in a world of faults every promise holds', () => {
  test.each(parts)('from seed %i on', { timeout: 240_000 }, async (from) => {
    for (let seed = from; seed < from + partSize; seed += 1) {
      const { violation, tail } = await simulate(seed);
      if (violation !== null)
        throw new Error(
          `seed ${seed}: ${violation}\n\n${tail.slice(-40).join('\n')}\n\nAgain, with everything: npm run simulate -- --seed ${seed} --trace`,
        );
    }
  });

  test('and one seed makes one world, step by step', async () => {
    const traces: string[][] = [[], []];
    for (const trace of traces) await simulate(7, { print: (line) => trace.push(line) });
    expect(traces[0]?.length).toBeGreaterThan(100);
    expect(traces[1]).toEqual(traces[0]);
  });
});
