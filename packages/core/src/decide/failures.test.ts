import { describe, expect, test } from 'vitest';
import { badNode, type EndedOnNode, noteEnding, type NodeRecord, tooManyFailures } from './failures.ts';

type Story = Readonly<Record<string, readonly Partial<EndedOnNode>[]>>;

/** Records of nodes, from what ended on each in order. */
function records(story: Story): ReadonlyMap<string, NodeRecord> {
  return new Map(
    Object.entries(story).map(([node, endings]) => [
      node,
      endings.reduce<NodeRecord>(
        (record, ending, i) => noteEnding(record, { run: `e@${node}-${i}`, experiment: 'e', hasFailed: true, tookMs: 2_000, ...ending }),
        { earlyFailures: [], failedExperiments: new Set(), goodExperiments: new Set() },
      ),
    ]),
  );
}

const failures = (count: number, more: Partial<EndedOnNode> = {}) => Array.from({ length: count }, () => more);
const healthy = { hasFailed: false, tookMs: 90_000 };

describe('a bad node', () => {
  test('is one on which five different runs in a row failed soon, while another does not show it', () => {
    expect(badNode('n17', records({ n2: [healthy], n17: failures(5) }))).toMatchObject({ node: 'n17', failedRuns: { length: 5 } });
    expect(badNode('n17', records({ n2: [healthy], n17: failures(4) }))).toBeNull();
  });

  test('is not one where the same run failed again and again, nor where failures came late', () => {
    expect(badNode('n17', records({ n2: [healthy], n17: failures(9, { run: 'e@same' }) }))).toBeNull();
    expect(badNode('n17', records({ n2: [healthy], n17: failures(9, { tookMs: 600_000 }) }))).toBeNull();
  });

  test('is forgiven by one run that ends well', () => {
    expect(badNode('n17', records({ n2: [healthy], n17: [...failures(4), healthy, ...failures(1)] }))).toBeNull();
  });

  test('is none when others show it too, when there is no other, or when the others do other work: then the runs are to blame', () => {
    expect(badNode('n17', records({ n2: [healthy, ...failures(1)], n17: failures(5) }))).toBeNull();
    expect(badNode('n17', records({ n17: failures(5) }))).toBeNull();
    expect(badNode('n17', records({ n2: [{ ...healthy, experiment: 'other' }], n17: failures(5) }))).toBeNull();
  });
});

describe('an experiment', () => {
  const counts = (finished: number, failed: number, ways: Record<string, number> = {}) =>
    tooManyFailures({ experiment: 'sweep', finished, failed, ways: new Map(Object.entries(ways)) }, 0.2);

  test('is held when more than a fifth of its runs, and at least ten, failed', () => {
    expect(counts(2, 23, { 'exited with code 1': 23 })).toBe(
      '23 of 25 runs failed the same way (exited with code 1); the rest of sweep is held until runs of it are resumed',
    );
    expect(counts(0, 9)).toBeNull();
    expect(counts(40, 10)).toBeNull();
    expect(counts(39, 10)).not.toBeNull();
  });
});
