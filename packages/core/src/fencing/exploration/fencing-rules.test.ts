import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assertFencingTimes } from '../fencing-times.ts';
import type { NodeWorldCase } from './explore-worlds.ts';
import { exploreNodeWorld, exploreTakeover } from './explore-worlds.ts';
import { smallTimes } from './small-times.ts';
import { wanderNodeWorld } from './wander.ts';

const cut = 'cut link';
const nodeHang = 'hang of the node’s disk';

/** Title, what may happen, and at least how many worlds that must reach: an exploration that stops early proves nothing. */
const cases: readonly (readonly [title: string, of: NodeWorldCase, worldsMin: number])[] = [
  ['any two faults on a local disk, and every run is decided soon after them', { faults: 2, isProgressWatched: true }, 50_000],
  ['any fault and a restart of the manager, on a shared disk that shows the past', { faults: 1, restarts: 1, cacheSteps: 3 }, 10_000],
  ['any two faults where the work-dir is not really shared', { faults: 2, cacheSteps: 3, isDiskShared: false }, 30_000],
  ['both channels failing three times while reads show a long past', { faults: 3, cacheSteps: 5, kinds: [cut, nodeHang] }, 25_000],
  ['both channels failing around a freeze of the node', { faults: 3, kinds: [cut, nodeHang, 'freeze'] }, 30_000],
  ['a cut link and stalls of the manager', { faults: 2, cacheSteps: 3, kinds: [cut, 'stall'] }, 5_000],
  ['a cut link and reads of the manager that hang', { faults: 2, cacheSteps: 3, kinds: [cut, 'hang of the manager’s disk'] }, 3_000],
  ['a cut link and reads of the manager that fail', { faults: 2, cacheSteps: 3, kinds: [cut, 'errors of the manager’s disk'] }, 2_000],
  ['a slow link and a hanging disk of the node', { faults: 2, cacheSteps: 3, kinds: ['slow link', nodeHang] }, 10_000],
];

describe('the fencing rules, in every order of events', () => {
  it('are explored with times in the order of the real ones', () => {
    for (const cacheSteps of [0, 3, 5]) expect(() => assertFencingTimes(smallTimes(cacheSteps))).not.toThrow();
  });

  it.each(cases)('never execute two attempts, lose a reported end or obey the past under %s', (_title, of, worldsMin) => {
    const { counterexample, worlds } = exploreNodeWorld(of);
    expect(counterexample).toBeNull();
    expect(worlds).toBeGreaterThan(worldsMin);
  });

  it('decide every run soon after the faults end, and when its node died', () => {
    expect(exploreNodeWorld({ faults: 1, restarts: 1, isProgressWatched: true }).counterexample).toBeNull();
    expect(exploreNodeWorld({ faults: 1, cacheSteps: 2, isDiskShared: false, isProgressWatched: true }).counterexample).toBeNull();
  });

  it.each([0, 1])(
    'let a second manager take over without a run executing twice or both acting (reads show up to %i steps of the past)',
    (cacheSteps) => {
      const { counterexample, worlds } = exploreTakeover({ faults: 3, cacheSteps });
      expect(counterexample).toBeNull();
      expect(worlds).toBeGreaterThan(60_000);
    },
  );

  it('hold on long random walks with any number of faults', () => {
    fc.assert(
      fc.property(wanderNodeWorld({ faults: 40, restarts: 5, cacheSteps: 3 }, 150), ({ violation }) => violation === null),
      { numRuns: 2_000 },
    );
  });
});
