import { describe, expect, test } from 'vitest';
import { sampleRun, sampleRunDefinition } from '../model/samples.ts';
import { Random } from '../simulate/random.ts';
import { DeclaredTimes } from './declared-times.ts';

const hour = 3_600_000;

function taught(ratios: readonly number[], timeMs: number | null = hour): DeclaredTimes {
  const declared = new DeclaredTimes();
  for (const ratio of ratios) declared.learn(sampleRun('e', 'r', { definition: sampleRunDefinition('r', { timeMs }) }), ratio * hour);
  return declared;
}

describe('how wrong declared times are', () => {
  test('is the spread of what runs took against what was declared, once six have ended', () => {
    const random = new Random(1);
    const ratios = Array.from({ length: 200 }, () => random.lognormal(1, 0.3));
    expect(taught(ratios).error).toBeCloseTo(0.3, 1);
    expect(taught(ratios.slice(0, 5)).error).toBe(0);
  });

  test('is nothing when they are right, when all are too long by the same factor, and when none is declared', () => {
    expect(taught(new Array<number>(20).fill(1)).error).toBe(0);
    expect(taught(new Array<number>(20).fill(0.4)).error).toBe(0);
    expect(taught([0.1, 1, 2, 3, 4, 5, 6, 7], null).error).toBe(0);
  });

  test('is kept over a restart, and forgets what was long ago', () => {
    const declared = taught([...Array.from({ length: 50 }, (_, i) => 0.2 + i), ...new Array<number>(200).fill(1)]);
    expect(declared.error).toBe(0);
    const again = new DeclaredTimes();
    again.restore(taught([0.5, 1, 2, 0.7, 1.5, 1]).saved());
    expect(again.error).toBe(taught([0.5, 1, 2, 0.7, 1.5, 1]).error);
    expect(again.error).toBeGreaterThan(0);
  });
});
