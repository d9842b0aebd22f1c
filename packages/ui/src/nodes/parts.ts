import type { LedgerParts } from '@juqueue/client';

/** The parts of a bill in the order in which they are stacked: what was worth it, what was lost, what was free. */
export interface PartWords {
  readonly part: keyof LedgerParts;
  readonly label: string;
  readonly meaning: string;
  readonly colour: string;
}

export const partWords: readonly PartWords[] = [
  { part: 'useful', label: 'useful', meaning: 'saved by a finish or a checkpoint', colour: 'var(--part-useful)' },
  { part: 'open', label: 'open', meaning: 'executing, not yet saved', colour: 'var(--part-open)' },
  { part: 'redone', label: 'redone', meaning: 'lost to a stop or a dead node', colour: 'var(--part-redone)' },
  { part: 'failed', label: 'failed', meaning: 'attempts that failed or were cancelled', colour: 'var(--part-failed)' },
  { part: 'startUp', label: 'start-up', meaning: 'before the node said hello, and after its goodbye', colour: 'var(--part-start-up)' },
  { part: 'dispatch', label: 'dispatch', meaning: 'free although a run waited that fits', colour: 'var(--part-dispatch)' },
  { part: 'closing', label: 'closing', meaning: 'free on nodes that take no new runs', colour: 'var(--part-closing)' },
  {
    part: 'quantisation',
    label: 'quantisation',
    meaning: 'free slots of the last, partly filled node',
    colour: 'var(--part-quantisation)',
  },
  {
    part: 'fragmentation',
    label: 'fragmentation',
    meaning: 'what moving runs together could give back',
    colour: 'var(--part-fragmentation)',
  },
  { part: 'idle', label: 'idle', meaning: 'no run on any node of the cluster', colour: 'var(--part-idle)' },
];

/** Node-seconds of one part: its share of the slots, as a share of the bill. */
export function partNodeSeconds(part: number, account: { readonly billedSlotMs: number; readonly billedNodeSeconds: number }): number {
  return account.billedSlotMs === 0 ? 0 : (part / account.billedSlotMs) * account.billedNodeSeconds;
}
