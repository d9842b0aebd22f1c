import type { ConsolidationPreset } from '../model/definition.ts';
import type { ActiveNode } from './active-nodes.ts';
import type { Move } from './moves.ts';
import { decideTimes } from './times.ts';

/** What a move must be worth, in node-milliseconds: patience for each run that it stops; for `balanced`, and for runs that start from zero, what it redoes. */
export function priceOf(move: Move, preset: ConsolidationPreset): number {
  const patienceMs = decideTimes.patienceMs * move.runs.length;
  return preset === 'balanced' || move.startsFromZero ? Math.max(patienceMs, move.worstLossMs) : patienceMs;
}

/**
 * Of the moves whose gain is known, the one that gains most beyond its price; null when none gains a good part of what its
 * node would still live. Declared times are wrong by a part of themselves: a small difference of two of them says nothing.
 */
export function bestKnown(moves: readonly Move[], preset: ConsolidationPreset): Move | null {
  let best: Move | null = null;
  let bestMs = 0;
  for (const move of moves) {
    if (move.gainMs === null || move.gainMs < decideTimes.knownGainShare * (move.source.lifeMs ?? 0)) continue;
    const beyondMs = move.gainMs - priceOf(move, preset);
    if (beyondMs <= bestMs) continue;
    best = move;
    bestMs = beyondMs;
  }
  return best;
}

/**
 * Of the moves that empty their node and are not known to cost more than they save, the one that stops the fewest runs;
 * among equals the one whose runs were moved least, then the one that redoes least.
 */
export function cheapestEmptying(moves: readonly Move[]): Move | null {
  let cheapest: Move | null = null;
  for (const move of moves) {
    if (move.runs.length < move.source.runs.length || (move.gainMs !== null && move.gainMs < 0)) continue;
    if (cheapest === null || compareMoves(move, cheapest) < 0) cheapest = move;
  }
  return cheapest;
}

/**
 * How long is it worth to wait with this move, in ms? Until the run that would lose most has saved itself, when that comes
 * sooner than the work that it would lose is long; 0 when the move is best made now.
 */
export function worthWaitingMs(move: Move, nowMs: number): number {
  if (move.savesAtMs === null || move.savesAtMs <= nowMs) return 0;
  const waitMs = move.savesAtMs - nowMs;
  return waitMs < move.worstLossMs - decideTimes.restartMs ? waitMs + decideTimes.saveLagMs : 0;
}

/** Would runs that start from zero lose more than a trifle of what the nodes cost so far? Where all runs are short, a restart is never small. */
export function losesTooMuch(move: Move, active: readonly ActiveNode[], nowMs: number): boolean {
  if (!move.startsFromZero) return false;
  const costMs = active.reduce((sum, { allocation }) => sum + nowMs - (allocation.startedAtMs ?? nowMs), 0);
  return move.worstLossMs > costMs * decideTimes.fromZeroShare;
}

function compareMoves(a: Move, b: Move): number {
  return a.runs.length - b.runs.length || mostMoved(a) - mostMoved(b) || a.worstLossMs - b.worstLossMs;
}

function mostMoved(move: Move): number {
  return move.runs.reduce((most, run) => Math.max(most, run.movesByConsolidation), 0);
}
