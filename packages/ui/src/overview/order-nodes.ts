import type { Node } from '@juqueue/client';

/** Nodes that work before those that wait, the oldest first, then by id: a node keeps its place while it lives. */
export function compareByAge(a: Node, b: Node): number {
  const [startA, startB] = [a.startedAtMs ?? Number.POSITIVE_INFINITY, b.startedAtMs ?? Number.POSITIVE_INFINITY];
  if (startA !== startB) return startA < startB ? -1 : 1;
  return a.requestedAtMs - b.requestedAtMs || (a.id < b.id ? -1 : 1);
}
