import type { Allocation, BudgetState, ClusterDefinition, Snapshot } from '@juqueue/core';
import type { Answer } from '@juqueue/http';
import { budgetOf } from './budget-answer.ts';
import type { ClusterSchema, NodeSchema } from './schemas/cluster-schemas.ts';

type Summary = Answer<typeof ClusterSchema>;

/** All clusters with their allocations counted, in one pass over the allocations. */
export function summariseClusters(snapshot: Snapshot, budgets: readonly BudgetState[]): Summary[] {
  const summaries = new Map<string, Summary>();
  for (const cluster of snapshot.clusters.values())
    summaries.set(cluster.name, emptySummary(cluster, snapshot.heldClusters.get(cluster.name) ?? null, budgets));
  for (const allocation of snapshot.allocations) {
    const summary = summaries.get(allocation.cluster);
    if (summary !== undefined) count(summary, allocation);
  }
  return [...summaries.values()];
}

function emptySummary(cluster: ClusterDefinition, heldBecause: string | null, budgets: readonly BudgetState[]): Summary {
  const { name, type, slotsPerNode, maxAllocations, scalingPolicy, walltimeMs, consolidation } = cluster;
  return {
    name,
    type,
    slotsPerNode,
    maxAllocations,
    scalingPolicy,
    walltimeMs,
    consolidation,
    heldBecause,
    budget: budgetOf(budgets, 'cluster', name),
    allocations: { requested: 0, submitted: 0, running: 0 },
    nodes: 0,
    slots: 0,
    busySlots: 0,
  };
}

function count(summary: Summary, allocation: Allocation): void {
  if (allocation.status !== 'ended') summary.allocations[allocation.status] += 1;
  const { node } = allocation;
  if (node === null || node.status === 'gone') return;
  summary.nodes += 1;
  summary.slots += allocation.slots;
  summary.busySlots += busySlots(allocation);
}

export function nodeRow(allocation: Allocation): Answer<typeof NodeSchema> {
  const { node } = allocation;
  return {
    id: allocation.id,
    cluster: allocation.cluster,
    allocationStatus: allocation.status,
    nodeStatus: node?.status ?? null,
    jobId: allocation.jobId,
    host: node?.host ?? null,
    pid: node?.pid ?? null,
    slots: allocation.slots,
    busySlots: busySlots(allocation),
    occupants: node === null ? [] : [...node.occupants],
    ahead: node === null ? [] : [...node.ahead],
    drainReason: node?.drain?.reason ?? null,
    waitingFor: allocation.waitingFor,
    requestedAtMs: allocation.requestedAtMs,
    startedAtMs: allocation.startedAtMs,
    deadlineMs: node?.deadlineMs ?? null,
    idleSinceMs: node?.idleSinceMs ?? null,
    cancelReason: allocation.cancel?.reason ?? null,
  };
}

function busySlots(allocation: Allocation): number {
  return allocation.node?.occupants.filter((occupant) => occupant !== null).length ?? 0;
}
