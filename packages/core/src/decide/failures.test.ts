import { describe, expect, test } from 'vitest';
import { badNodes, type EndedOnNode, tooManyFailures } from './failures.ts';

function failures(node: string, count: number, more: Partial<EndedOnNode> = {}): EndedOnNode[] {
  return Array.from({ length: count }, (_, i) => ({ node, run: `e@${node}-${i}`, hasFailed: true, tookMs: 2_000, ...more }));
}
const healthy: EndedOnNode = { node: 'n2', run: 'e@ok', hasFailed: false, tookMs: 90_000 };

describe('a bad node', () => {
  test('is one on which five different runs in a row failed soon, while others do not show it', () => {
    expect(badNodes([healthy, ...failures('n17', 5)])).toMatchObject([{ node: 'n17', failedRuns: { length: 5 }, sentence: expect.stringContaining('suspect node n17') }]);
    expect(badNodes([healthy, ...failures('n17', 4)])).toEqual([]);
  });

  test('is not one where the same run failed again and again, nor where failures came late', () => {
    expect(badNodes([healthy, ...failures('n17', 9, { run: 'e@same' })])).toEqual([]);
    expect(badNodes([healthy, ...failures('n17', 9, { tookMs: 600_000 })])).toEqual([]);
  });

  test('is forgiven by one run that ends well', () => {
    expect(badNodes([healthy, ...failures('n17', 4), { ...healthy, node: 'n17' }, ...failures('n17', 1)])).toEqual([]);
  });

  test('is none when several nodes show it, or when there is no other: then the runs are to blame', () => {
    expect(badNodes([healthy, ...failures('n17', 5), ...failures('n18', 5)])).toEqual([]);
    expect(badNodes(failures('n17', 5))).toEqual([]);
  });
});

describe('an experiment', () => {
  const counts = (finished: number, failed: number, ways: Record<string, number> = {}) => tooManyFailures({ experiment: 'sweep', finished, failed, ways: new Map(Object.entries(ways)) });

  test('is held when more than a fifth of its runs, and at least ten, failed', () => {
    expect(counts(2, 23, { 'exit code 1': 23 })).toBe('23 of 25 runs of sweep failed the same way (exit code 1); the rest is held');
    expect(counts(0, 9)).toBeNull();
    expect(counts(40, 10)).toBeNull();
    expect(counts(39, 10)).not.toBeNull();
  });
});
