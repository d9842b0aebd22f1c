import fc from 'fast-check';
import type { NodeWorldCase } from './explore-worlds.ts';
import { nodeWorldRules, standstill } from './explore-worlds.ts';
import { nodeWorldViolation, startNodeWorld } from './node-world.ts';
import { nodeWorldMoves } from './node-world-moves.ts';

export interface Walk {
  readonly moves: readonly string[];
  readonly violation: string | null;
}

/** One way through the world of a node, to its end or the first broken promise; every fourth move may be a fault. */
export function wanderNodeWorld(of: NodeWorldCase, movesMax: number): fc.Arbitrary<Walk> {
  const rules = nodeWorldRules(of);
  return fc.array(fc.nat(4_095), { minLength: movesMax, maxLength: movesMax, size: 'max' }).map((choices) => {
    let world = startNodeWorld(rules);
    const taken: string[] = [];
    for (const choice of choices) {
      const moves = nodeWorldMoves(rules, world);
      const steps = moves.filter(({ name }) => name.startsWith('step'));
      const among = choice % 4 === 0 ? moves : steps;
      const move = among[(choice >> 2) % among.length];
      if (move === undefined) break;
      world = move.to;
      taken.push(move.name);
      const violation = nodeWorldViolation(world);
      if (violation !== null) return { moves: taken, violation };
    }
    return { moves: taken, violation: standstill(rules, world) };
  });
}
