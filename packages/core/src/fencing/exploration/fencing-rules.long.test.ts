import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exploreNodeWorld, exploreTakeover } from './explore-worlds.ts';
import { wanderNodeWorld } from './wander.ts';

const longMs = 30 * 60_000;

describe('the fencing rules, explored further than the daily tests have time for', () => {
  it.each([0, 3])('hold under any three faults (reads show up to %i steps of the past)', { timeout: longMs }, (cacheSteps) => {
    expect(exploreNodeWorld({ faults: 3, cacheSteps }).counterexample).toBeNull();
  });

  it.each([0, 3])('hold under any two faults and a restart (reads show up to %i steps of the past)', { timeout: longMs }, (cacheSteps) => {
    expect(exploreNodeWorld({ faults: 2, restarts: 1, cacheSteps }).counterexample).toBeNull();
  });

  it('decide every run soon after any two faults', { timeout: longMs }, () => {
    expect(exploreNodeWorld({ faults: 2, isProgressWatched: true }).counterexample).toBeNull();
  });

  it('let a second manager take over under any five faults', { timeout: longMs }, () => {
    expect(exploreTakeover({ faults: 5, cacheSteps: 1 }).counterexample).toBeNull();
  });

  it.each([0, 3, 5])('hold on random walks (reads show up to %i steps of the past)', { timeout: longMs }, (cacheSteps) => {
    for (const isDiskShared of [true, false]) {
      fc.assert(
        fc.property(wanderNodeWorld({ faults: 200, restarts: 20, cacheSteps, isDiskShared }, 600), ({ violation }) => violation === null),
        { numRuns: 20_000 },
      );
    }
  });
});
