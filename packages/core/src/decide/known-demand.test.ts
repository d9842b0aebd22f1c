import { describe, expect, test } from 'vitest';
import type { Snapshot } from '../model/snapshot.ts';
import { planTick } from './plan-tick.ts';
import { builtAtMs, world } from './snapshot-builder.ts';

const hour = 3_600_000;
const resumes = { checkpoint: { kind: 'assumed' } } as const;

/** One run of eight hours and twenty of one hour: they follow each other on three slots while the long one runs. */
function longAndShort(limit: number, nodes: 'none yet' | 'one'): Snapshot {
  const built = world().cluster('c', { slots: 4, maxAllocations: limit });
  if (nodes === 'one') built.node('n1', [null, null, null, null]);
  built.ready('long', { timeMs: 8 * hour, ...resumes });
  for (let i = 0; i < 20; i += 1) built.ready(`short${String(i).padStart(2, '0')}`, { timeMs: hour, ...resumes });
  return built.snapshot();
}

function requested(snapshot: Snapshot): number {
  return planTick(snapshot, builtAtMs).requests.reduce((sum, { count }) => sum + count, 0);
}

describe('of runs whose times are known', () => {
  test('short ones follow each other on the node of the long one', () => {
    expect(requested(longAndShort(10, 'none yet'))).toBe(1);
  });

  test('those that the same plan starts are counted: no further node is requested because a node looks free', () => {
    expect(requested(longAndShort(10, 'one'))).toBe(0);
  });

  test('a limit of nodes, or a run that fits nowhere, is no reason to use more nodes than end the work as soon', () => {
    expect(requested(longAndShort(4, 'none yet'))).toBe(1);
    const impossible = world()
      .cluster('c', { slots: 4, maxAllocations: 10 })
      .ready('long', { timeMs: 8 * hour, ...resumes })
      .ready('huge', { timeMs: hour, slots: 9 });
    for (let i = 0; i < 20; i += 1) impossible.ready(`short${String(i).padStart(2, '0')}`, { timeMs: hour, ...resumes });
    expect(requested(impossible.snapshot())).toBe(1);
  });

  test('a run that is a little late ends at any moment; of one that is far too late nobody knows, and nothing waits for it', () => {
    const beside = (timeMs: number) => {
      const built = world()
        .cluster('c', { slots: 4 })
        .node('n1', ['late', 'b', 'c', 'd'], {}, { timeMs: 8 * hour, ...resumes })
        .takes('late', timeMs);
      for (let i = 0; i < 5; i += 1) built.ready(`short${i}`, { timeMs: hour, ...resumes });
      return requested(built.snapshot());
    };
    const elapsedMs = hour;
    expect(beside(elapsedMs - 30_000)).toBe(0);
    expect(beside(elapsedMs / 2)).toBe(2);
  });
});
