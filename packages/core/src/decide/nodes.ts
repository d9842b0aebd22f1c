import type { Allocation, Node } from '../model/allocation.ts';
import type { RunId } from '../model/ids.ts';

/** Does the node of this allocation take new runs? A connected node is a node, whatever its cluster says of it. */
export function isOpenToRuns(allocation: Allocation): boolean {
  return allocation.node !== null && allocation.node.status === 'connected' && allocation.node.drain === null && allocation.cancel === null;
}

/** Is this allocation on its way to be a node that takes runs? */
export function isPending(allocation: Allocation): boolean {
  return allocation.node === null && allocation.status !== 'ended' && allocation.cancel === null;
}

/** Every run that the node holds, executing or sent ahead, each once. */
export function heldRunsOf(node: Node): ReadonlySet<RunId> {
  const held = new Set<RunId>(node.ahead);
  for (const occupant of node.occupants) if (occupant !== null) held.add(occupant);
  return held;
}
