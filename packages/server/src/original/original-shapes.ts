import type { Allocation, Run, Snapshot } from '@juqueue/core';
import type { Static } from 'typebox';
import type { OriginalClusters, OriginalNode, OriginalRun, OriginalRunDef } from './original-schemas.ts';

/** A run in the original's words. */
export function originalRun(run: Run): Static<typeof OriginalRun> {
  return { status: run.status, run_def: originalRunDef(run), created_at: originalTime(run.createdAtMs) };
}

function originalRunDef(run: Run): Static<typeof OriginalRunDef> {
  const { definition } = run;
  const { executor } = definition;
  return {
    id: run.name,
    experiment_name: run.experiment,
    cluster: definition.clusters[0] ?? '',
    cmd: [...definition.cmd],
    parameters: definition.parameters,
    parameter_format: definition.parameterFormat,
    depends_on: [],
    executor: {
      env: executor.env,
      python_search_path: [...executor.pythonSearchPath],
      venv: executor.venv,
      prepend_script: [...executor.prependScript],
      cuda: executor.cuda,
    },
    check_heartbeat: false,
    is_abstract: false,
  };
}

/** Python's `datetime.fromisoformat` reads an offset, and only since 3.11 the letter Z. */
function originalTime(timeMs: number): string {
  return new Date(timeMs).toISOString().replace('Z', '+00:00');
}

/** All clusters in the original's words. Nodes are numbered in the order of their ids, from 0 in each cluster. */
export function originalClusters(snapshot: Snapshot): Static<typeof OriginalClusters> {
  const clusters: Static<typeof OriginalClusters> = {};
  for (const name of snapshot.clusters.keys()) clusters[name] = { nodes_requested: 0, nodes: {} };
  for (const allocation of snapshot.allocations) {
    const cluster = clusters[allocation.cluster];
    if (cluster === undefined) continue;
    cluster.nodes[String(cluster.nodes_requested)] = originalNode(allocation, snapshot);
    cluster.nodes_requested += 1;
  }
  return clusters;
}

function originalNode(allocation: Allocation, snapshot: Snapshot): Static<typeof OriginalNode> {
  const { node } = allocation;
  if (node === null) return { status: 'queued', worker: null, slots: [] };
  return {
    status: node.status === 'connected' || node.status === 'unlinked' ? 'alive' : 'dead',
    worker: node.host,
    slots: node.occupants.map((occupant, index) => {
      const run = occupant === null ? undefined : snapshot.run(occupant);
      return { index, occupant, run_def: run === undefined ? null : originalRunDef(run) };
    }),
  };
}
