import type { StoredEvent } from '../model/events.ts';
import type { NodeId, RunId } from '../model/ids.ts';
import type { NodeMark } from '../model/node-mark.ts';

/** The most marks that an answer has. */
export const mostMarks = 2_000;

/** A mark as it is kept: where a run went to is known only later. */
export interface KeptMark extends Omit<NodeMark, 'toNode'> {
  readonly attempt: number | null;
}

/** What this event marks on a node; null for most. `nodeOf` knows where an attempt executes. */
export function markOf(
  { atMs, event }: Pick<StoredEvent, 'atMs' | 'event'>,
  nodeOf: (run: RunId, attempt: number) => NodeId | null,
): KeptMark | null {
  const at = { atMs, run: null, attempt: null };
  switch (event.kind) {
    case 'node-drained':
      return { ...at, node: event.node, kind: 'drained', because: event.reason };
    case 'node-undrained':
      return { ...at, node: event.node, kind: 'undrained', because: null };
    case 'node-release-requested':
      return { ...at, node: event.node, kind: 'release-requested', because: event.reason };
    case 'allocation-cancel-requested':
      return { ...at, node: event.allocation, kind: 'cancel-requested', because: event.reason };
    case 'run-stop-requested': {
      const node = event.cause === 'consolidation' ? nodeOf(event.run, event.attempt) : null;
      return node === null ? null : { atMs, node, kind: 'moved-away', because: event.cause, run: event.run, attempt: event.attempt };
    }
    default:
      return null;
  }
}
