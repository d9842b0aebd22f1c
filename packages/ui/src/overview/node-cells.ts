import type { Node } from '@juqueue/client';

/** How much of a node there is room for: names in its slots, slots alone, or one bar for the node. */
export type Detail = 'names' | 'cells' | 'bars';

/** Up to a dozen nodes the runs are named; beyond two hundred a node is one bar, so that the page stays small. */
export function detailOf(nodes: number): Detail {
  if (nodes <= 12) return 'names';
  return nodes <= 120 ? 'cells' : 'bars';
}

/** What a node is doing, in a word. */
export type NodePhase = 'pending' | 'starting' | 'working' | 'idle' | 'draining' | 'silent' | 'ending';

export function phaseOf(node: Node): NodePhase {
  if (node.cancelReason !== null) return 'ending';
  if (node.nodeStatus === null) return node.allocationStatus === 'running' ? 'starting' : 'pending';
  if (node.nodeStatus === 'silent') return 'silent';
  if (node.drainReason !== null) return 'draining';
  return node.busySlots === 0 ? 'idle' : 'working';
}

/** The name of a run without its experiment. */
export function nameInSlot(run: string): string {
  return run.slice(run.indexOf('@') + 1);
}
