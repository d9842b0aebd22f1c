import type { LedgerParts } from '@juqueue/client';

export type Part = keyof LedgerParts;

/** What each part of a bill means for people, in the order in which it is shown: work first, waste after it. */
export const partMeanings: Readonly<Record<Part, { readonly label: string; readonly meaning: string }>> = {
  useful: { label: 'useful', meaning: 'work that a finish or a checkpoint saved' },
  open: { label: 'open', meaning: 'runs that execute and have not saved yet' },
  redone: { label: 'redone', meaning: 'work that stops and dead nodes undid' },
  failed: { label: 'failed', meaning: 'attempts that failed or were cancelled' },
  startUp: { label: 'start-up', meaning: 'nodes that started up or shut down' },
  dispatch: { label: 'dispatch', meaning: 'slots that stood free while a run waited' },
  closing: { label: 'closing', meaning: 'free slots of nodes that took no new runs' },
  quantisation: { label: 'quantisation', meaning: 'free slots of the last node that was needed' },
  fragmentation: { label: 'fragmentation', meaning: 'free slots that moving runs together would give back' },
  idle: { label: 'idle', meaning: 'nodes without any run' },
};

export const partOrder = Object.keys(partMeanings) as readonly Part[];

/** Neither work nor about to be. */
export const wasteParts = partOrder.filter((part) => part !== 'useful' && part !== 'open');

/** A part as node-seconds. */
export function partNodeSeconds(
  {
    billedNodeSeconds,
    billedSlotMs,
    partsSlotMs,
  }: { readonly billedNodeSeconds: number; readonly billedSlotMs: number; readonly partsSlotMs: LedgerParts },
  part: Part,
): number {
  return billedSlotMs === 0 ? 0 : (billedNodeSeconds * partsSlotMs[part]) / billedSlotMs;
}
