import type { LedgerSums } from './ledger.ts';

/** One run by what it needs of a node: its share, the largest of its shares of the node's resources, 0 to 1. */
export interface Demand {
  readonly durationMs: number;
  readonly share: number;
}

/**
 * The least that any schedule must bill, in node-milliseconds: each node-second serves a share of one, and while the longest
 * run runs a node is up. With a walltime the work needs so many allocations, and each pays its start-up.
 */
export function lowerBoundMs(runs: readonly Demand[], startUpMs: number, walltimeMs: number | null): number {
  let areaMs = 0;
  let longestMs = 0;
  for (const { durationMs, share } of runs) {
    areaMs += durationMs * share;
    longestMs = Math.max(longestMs, durationMs);
  }
  const workMs = Math.max(areaMs, longestMs);
  if (workMs === 0) return 0;
  const allocations = walltimeMs === null ? 1 : Math.ceil(workMs / Math.max(1, walltimeMs - startUpMs));
  return workMs + startUpMs * allocations;
}

/** The part of the bill that no schedule could have avoided, 0 to 1; null before anything was billed. */
export function efficiencyOf(lowerMs: number, billedMs: number): number | null {
  return billedMs === 0 ? null : lowerMs / billedMs;
}

/** The part of the bill that moving runs together could have given back, 0 to 1; null before anything was billed. */
export function recoverableOf({ fragmentation, billed }: Pick<LedgerSums, 'fragmentation' | 'billed'>): number | null {
  return billed === 0 ? null : fragmentation / billed;
}
