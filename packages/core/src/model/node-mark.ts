import type { NodeId, RunId } from './ids.ts';

export const nodeMarkKinds = ['drained', 'undrained', 'moved-away', 'release-requested', 'cancel-requested'] as const;
export type NodeMarkKind = (typeof nodeMarkKinds)[number];

/** Something that was decided about a node. */
export interface NodeMark {
  readonly node: NodeId;
  readonly atMs: number;
  readonly kind: NodeMarkKind;
  /** Why, in a word or a sentence; null where nobody said. */
  readonly because: string | null;
  /** The run that consolidation stopped to move it. */
  readonly run: RunId | null;
  /** Where its next attempt was placed; null while it waits. */
  readonly toNode: NodeId | null;
}

/** Of which nodes, between which instants. */
export interface NodeMarkQuestion {
  readonly nodes: readonly NodeId[];
  readonly fromMs: number;
  readonly toMs: number;
}
