import { assert } from '../model/assert.ts';

/**
 * The cycles among nodes that wait for each other: one for each knot, as the list of its nodes in the order of waiting.
 * `waitsFor` holds the nodes that a node waits for; nodes are numbers below its length.
 *
 * Nodes that wait for nothing, or only for such nodes, are taken away until none is left (Kahn); what stays waits for a
 * cycle. Following the first edge that stays from there finds it; its nodes are taken away too, and so on.
 */
export function findCycles(waitsFor: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const open = waitsFor.map((nodes) => nodes.length);
  const waiters = reversed(waitsFor);
  const isGone = new Uint8Array(waitsFor.length);
  const remove = (start: readonly number[]) => {
    const free = [...start];
    for (let node = free.pop(); node !== undefined; node = free.pop()) {
      if (isGone[node] === 1) continue;
      isGone[node] = 1;
      for (const waiter of waiters[node] ?? []) {
        const left = (open[waiter] ?? 0) - 1;
        open[waiter] = left;
        if (left === 0) free.push(waiter);
      }
    }
  };
  remove(open.flatMap((count, node) => (count === 0 ? [node] : [])));
  const cycles: (readonly number[])[] = [];
  for (let node = 0; node < waitsFor.length; node++) {
    while (isGone[node] !== 1) {
      const cycle = cycleFrom(node, waitsFor, isGone);
      cycles.push(cycle);
      remove(cycle);
    }
  }
  return cycles;
}

/** Follows the first edge that stays until a node comes again. */
function cycleFrom(start: number, waitsFor: readonly (readonly number[])[], isGone: Uint8Array): readonly number[] {
  const path: number[] = [];
  const position = new Map<number, number>();
  let node = start;
  while (!position.has(node)) {
    position.set(node, path.length);
    path.push(node);
    const next = (waitsFor[node] ?? []).find((other) => isGone[other] !== 1);
    assert(next !== undefined, 'what is left waits for something that is left');
    node = next;
  }
  return path.slice(position.get(node));
}

function reversed(edges: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const back: number[][] = edges.map(() => []);
  for (const [from, targets] of edges.entries()) for (const to of targets) back[to]?.push(from);
  return back;
}
