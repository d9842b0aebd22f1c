/** A schedule without moves, from all times known beforehand, in milliseconds. */
export interface OracleSchedule {
  readonly billedMs: number;
  readonly makespanMs: number;
}

/**
 * The best that longest-first can do on any number of nodes without a move, when the makespan may be `stretch` times the
 * shortest: every node count is tried and the cheapest that ends in time is taken.
 */
export function oracle(durationsMs: readonly number[], slotsPerNode: number, startUpMs: number, stretch: number): OracleSchedule {
  const longestFirst = [...durationsMs].sort((a, b) => b - a);
  const most = Math.ceil(longestFirst.length / slotsPerNode);
  const latestMs = longestFirstOn(longestFirst, most, slotsPerNode, startUpMs).makespanMs * stretch;
  let best = longestFirstOn(longestFirst, most, slotsPerNode, startUpMs);
  for (let nodes = 1; nodes < most; nodes += 1) {
    const schedule = longestFirstOn(longestFirst, nodes, slotsPerNode, startUpMs);
    if (schedule.makespanMs <= latestMs && schedule.billedMs < best.billedMs) best = schedule;
  }
  return best;
}

/** What perfect migration without any delay would bill with a node for every four runs: ∫ ceil(A/N) dt and the start-ups. */
export function perfectMigrationMs(durationsMs: readonly number[], slotsPerNode: number, startUpMs: number): number {
  return [...durationsMs]
    .sort((a, b) => b - a)
    .reduce((sum, durationMs, i) => (i % slotsPerNode === 0 ? sum + durationMs + startUpMs : sum), 0);
}

/**
 * No schedule bills less: each node-second serves at most N slot-seconds, and while the longest run runs one node is up.
 * `slots` are those that the runs take.
 */
export function lowerBoundMs(
  runs: readonly { readonly durationMs: number; readonly slots: number }[],
  slotsPerNode: number,
  startUpMs: number,
): number {
  const areaMs = runs.reduce((sum, run) => sum + run.durationMs * run.slots, 0) / slotsPerNode;
  return Math.max(areaMs, ...runs.map((run) => run.durationMs)) + startUpMs;
}

function longestFirstOn(durationsMs: readonly number[], nodes: number, slotsPerNode: number, startUpMs: number): OracleSchedule {
  const freeAtMs = Array.from({ length: nodes }, () => new Array<number>(slotsPerNode).fill(startUpMs));
  for (const durationMs of durationsMs) {
    let first = freeAtMs[0];
    for (const slots of freeAtMs) if (first === undefined || Math.min(...slots) < Math.min(...first)) first = slots;
    if (first === undefined) break;
    const at = first.indexOf(Math.min(...first));
    first[at] = (first[at] ?? startUpMs) + durationMs;
  }
  const ends = freeAtMs.map((slots) => Math.max(...slots));
  return { billedMs: ends.reduce((sum, endMs) => sum + endMs, 0), makespanMs: Math.max(...ends) };
}
