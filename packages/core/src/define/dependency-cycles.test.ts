import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findCycles } from './dependency-cycles.ts';

describe('cycles of waiting', () => {
  it('are none in a chain, a diamond or a forest', () => expect(findCycles([[1, 2], [3], [3], [], []])).toEqual([]));
  it('may be a single node', () => expect(findCycles([[1], [1]])).toEqual([[1]]));
  it('are told once each, without the nodes that only lead there', () =>
    expect(findCycles([[1], [2], [1], [4], [3], [0]])).toEqual([
      [1, 2],
      [3, 4],
    ]));

  it('are found exactly when there are some, and each edge of a cycle exists', () => {
    const graph = fc
      .integer({ min: 1, max: 8 })
      .chain((size) => fc.array(fc.array(fc.nat(size - 1), { maxLength: 3 }), { minLength: size, maxLength: size }));
    fc.assert(
      fc.property(graph, (edges) => {
        const cycles = findCycles(edges);
        for (const cycle of cycles)
          for (const [index, node] of cycle.entries()) expect(edges[node]).toContain(cycle[(index + 1) % cycle.length]);
        expect(cycles.length > 0).toBe(edges.some((_, node) => reaches(edges, node, node)));
      }),
    );
  });
});

function reaches(edges: readonly (readonly number[])[], from: number, to: number): boolean {
  const seen = new Set<number>();
  const open = [...(edges[from] ?? [])];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node === to) return true;
    if (seen.has(node)) continue;
    seen.add(node);
    open.push(...(edges[node] ?? []));
  }
  return false;
}
