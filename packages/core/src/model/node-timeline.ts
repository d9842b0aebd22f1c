import type { NodeId, RunId } from './ids.ts';

/**
 * What a slot did for a while, as far as is known by now.
 *
 * useful   work that a finish or a checkpoint saved
 * open     executing, not yet saved
 * redone   stopped or lost after the last checkpoint
 * failed   an attempt that failed or was cancelled
 */
export const slotUses = ['useful', 'open', 'redone', 'failed'] as const;
export type SlotUse = (typeof slotUses)[number];

/** `run` is null where several were drawn together, because each is shorter than what is drawn. */
export interface SlotSegment {
  readonly node: NodeId;
  readonly slot: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly use: SlotUse;
  readonly run: RunId | null;
  readonly runs: number;
  /** Whether it ended because consolidation moved the run to another node. */
  readonly isMoved: boolean;
}

/** Which nodes, between which instants. What is shorter than `bucketMs` is drawn together; `nowMs` ends what still executes. */
export interface TimelineQuestion {
  readonly nodes: readonly NodeId[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly bucketMs: number;
  readonly nowMs: number;
}
