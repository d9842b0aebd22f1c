import type { DrainAction, StopAction } from '../model/plan.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { graceMsOf } from './checkpoints.ts';
import { heldRunsOf } from './nodes.ts';

/** Runs of clusters whose node-hours are spent and whose definition says that they are to stop then, each asked once. */
export function stopForBudget(snapshot: Snapshot): readonly StopAction[] {
  if (snapshot.spentBudgets.size === 0) return [];
  const stops: StopAction[] = [];
  for (const { cluster, node } of snapshot.allocations) {
    if (node === null || snapshot.spentBudgets.get(cluster)?.atLimit !== 'stop') continue;
    const graceMs = snapshot.clusters.get(cluster)?.graceMs ?? 0;
    for (const id of heldRunsOf(node)) {
      const run = snapshot.run(id);
      if (run?.execution == null || run.execution.stop !== null) continue;
      stops.push({ run: id, attempt: run.attempt, cause: 'manager-stop', graceMs: graceMsOf(run, graceMs) });
    }
  }
  return stops;
}

/** Suspected nodes take no more runs, and what runs on them ends by itself. `drained` are drained already in this plan. */
export function drainSuspects(snapshot: Snapshot, drained: readonly DrainAction[]): readonly DrainAction[] {
  if (snapshot.suspectNodes.size === 0) return [];
  const known = new Set(drained.map(({ node }) => node));
  return snapshot.allocations.flatMap(({ node }) =>
    node !== null && node.status !== 'gone' && node.drain === null && snapshot.suspectNodes.has(node.id) && !known.has(node.id)
      ? [{ node: node.id, reason: 'bad-node' as const }]
      : [],
  );
}
