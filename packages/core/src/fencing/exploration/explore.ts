/** A small world as a transition system: what can happen next, how a world is told apart from another, what must hold. */
export interface TransitionSystem<World> {
  readonly start: World;
  /** Every thing that can happen now, named; the explorer follows all of them. */
  readonly moves: (world: World) => readonly { readonly name: string; readonly to: World }[];
  /** Equal for worlds with the same future. Times in it are ages, so that the reachable set is finite. */
  readonly key: (world: World) => string;
  /** The broken promise, as a sentence; null when all hold. */
  readonly violation: (world: World) => string | null;
}

export interface Exploration {
  readonly worlds: number;
  readonly moves: number;
  /** The shortest way to a broken promise; null when none is reachable. */
  readonly counterexample: { readonly violation: string; readonly trace: readonly string[] } | null;
}

/** Visits every reachable world once, nearest first. */
export function explore<World>({ start, moves, key, violation }: TransitionSystem<World>): Exploration {
  const parents = [-1];
  const names = ['start'];
  const seen = new Set([hash(key(start))]);
  let moveCount = 0;
  let layer: { world: World; id: number }[] = [{ world: start, id: 0 }];
  while (layer.length > 0) {
    const next: typeof layer = [];
    for (const { world, id } of layer) {
      for (const { name, to } of moves(world)) {
        moveCount += 1;
        const code = hash(key(to));
        if (seen.has(code)) continue;
        seen.add(code);
        parents.push(id);
        names.push(name);
        const broken = violation(to);
        if (broken !== null)
          return {
            worlds: seen.size,
            moves: moveCount,
            counterexample: { violation: broken, trace: traceTo(parents.length - 1, parents, names) },
          };
        next.push({ world: to, id: parents.length - 1 });
      }
    }
    layer = next;
  }
  return { worlds: seen.size, moves: moveCount, counterexample: null };
}

function traceTo(id: number, parents: readonly number[], names: readonly string[]): readonly string[] {
  const trace: string[] = [];
  for (let at = id; at > 0; at = parents[at] ?? 0) trace.unshift(names[at] ?? '');
  return trace;
}

/** 53 bits of two FNV-1a runs: a million worlds collide with a probability of one in ten thousand, and take an eighth of the memory. */
function hash(text: string): number {
  let low = 0x811c9dc5;
  let high = 0x01000193;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ code, 0x5bd1e995);
  }
  return (low >>> 0) * 0x200000 + (high >>> 11);
}
