import { requeueAfterMs } from '../fencing-times.ts';
import type { Exploration } from './explore.ts';
import { explore } from './explore.ts';
import type { FaultKind, NodeWorld, NodeWorldRules } from './node-world.ts';
import { faultKinds, nodeWorldKey, nodeWorldViolation, startNodeWorld } from './node-world.ts';
import { nodeWorldMoves, stepsToSettle } from './node-world-moves.ts';
import { smallTimes } from './small-times.ts';
import { startTakeoverWorld, takeoverKey, takeoverMoves, takeoverViolation } from './takeover-world.ts';

export interface NodeWorldCase {
  readonly faults: number;
  readonly kinds?: readonly FaultKind[];
  readonly restarts?: number;
  /** How far back reads may show the past; the rules are told the same by `fsStalenessMs`. */
  readonly cacheSteps?: number;
  readonly isDiskShared?: boolean;
  /** Also follow each world to the end of its faults. */
  readonly isProgressWatched?: boolean;
}

export function nodeWorldRules({
  faults,
  kinds = faultKinds,
  restarts = 0,
  cacheSteps = 0,
  isDiskShared = true,
}: NodeWorldCase): NodeWorldRules {
  return { times: smallTimes(cacheSteps), cacheSteps, isDiskShared, faults, faultKinds: kinds, restarts };
}

export function exploreNodeWorld(of: NodeWorldCase): Exploration {
  const rules = nodeWorldRules(of);
  return explore({
    start: startNodeWorld(rules),
    moves: (world) => nodeWorldMoves(rules, world),
    key: (world) => nodeWorldKey(rules, world),
    violation: (world) => nodeWorldViolation(world) ?? (of.isProgressWatched === true ? standstill(rules, world) : null),
  });
}

/** When all faults end now, or all but the death of the node, the run is decided soon; a sentence when it is not. */
export function standstill(rules: NodeWorldRules, world: NodeWorld): string | null {
  const stepsMax = requeueAfterMs(rules.times) + rules.times.stallMs + 5;
  if (stepsToSettle(rules, world, false, stepsMax) === null) return `the faults ended, and the run is not decided ${stepsMax} steps later`;
  if (stepsToSettle(rules, world, true, stepsMax) === null) return `the node died, and its run is not decided ${stepsMax} steps later`;
  return null;
}

export function exploreTakeover(of: { readonly faults: number; readonly cacheSteps: number }): Exploration {
  const rules = { ...of, times: smallTimes(of.cacheSteps) };
  return explore({
    start: startTakeoverWorld(rules),
    moves: (world) => takeoverMoves(rules, world),
    key: (world) => takeoverKey(rules, world),
    violation: takeoverViolation,
  });
}
