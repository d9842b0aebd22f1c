import type { ClusterDefinition } from '../model/definition.ts';
import type { ClusterName } from '../model/ids.ts';
import type { Verdict, VerdictCode } from '../model/plan.ts';
import type { Run } from '../model/run.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Growth } from './growth.ts';
import type { Demand } from './request-nodes.ts';
import { formatAmount } from '../model/amount.ts';
import { formatDuration } from '../model/duration.ts';
import { neededLifeMs, needOf } from './fit.ts';
import { freshNodeRefusal } from './growth.ts';
import { attemptTimeOf } from './predict.ts';

/** Why a run or a cluster does not get what it asks for: the code, and the numbers in a sentence. */
export interface Refusal {
  readonly code: VerdictCode;
  readonly sentence: string;
}

/** The verdicts on the shapes that found no node, and on the clusters that hold back. */
export function verdictsOf(snapshot: Snapshot, demand: Demand, growth: ReadonlyMap<ClusterName, Growth>): readonly Verdict[] {
  const verdicts: Verdict[] = [];
  for (const { cursor, run } of demand.refused) {
    const refusal = refusalOf(snapshot, run, growth);
    verdicts.push({
      subject: { kind: 'shape', key: cursor.shape.key },
      ...refusal,
      sentence: `${cursor.left} ${cursor.left === 1 ? 'run' : 'runs'} like ${run.id}: ${refusal.sentence}`,
    });
  }
  for (const [cluster, fill] of demand.unsaturated)
    verdicts.push({ subject: { kind: 'cluster', cluster }, ...saturationRefusal(cluster, fill) });
  return verdicts;
}

export function saturationRefusal(cluster: ClusterName, fill: number): Refusal {
  const percent = Math.round(fill * 100);
  return {
    code: 'WAITING_FOR_SATURATION',
    sentence: `the runs left over would fill ${percent} % of a further node of ${cluster}; by its scaling policy they wait for slots that free`,
  };
}

/** Why no cluster of this run gives it a node, pending ones included. The cluster that comes nearest to it speaks. */
export function refusalOf(snapshot: Snapshot, run: Run, growth: ReadonlyMap<ClusterName, Growth>): Refusal {
  let nearest: Refusal | null = null;
  for (const name of run.definition.clusters) {
    const refusal = refusalOfCluster(snapshot, run, name, growth.get(name));
    if (nearest === null || nearness.indexOf(refusal.code) > nearness.indexOf(nearest.code)) nearest = refusal;
  }
  return nearest ?? { code: 'CLUSTER_UNKNOWN', sentence: 'it names no cluster' };
}

/** From hopeless to nearly there. */
const nearness: readonly VerdictCode[] = [
  'CLUSTER_UNKNOWN',
  'TOO_LARGE_FOR_ANY_NODE',
  'WALLTIME_TOO_SHORT',
  'BUDGET_SPENT',
  'CLUSTER_HELD',
  'MAX_ALLOCATIONS',
];

function refusalOfCluster(snapshot: Snapshot, run: Run, name: ClusterName, growth: Growth | undefined): Refusal {
  if (growth === undefined) return { code: 'CLUSTER_UNKNOWN', sentence: `cluster ${name} is not defined` };
  const { cluster } = growth;
  const fresh = freshNodeRefusal(snapshot, run, cluster);
  if (fresh === 'resources') return tooLarge(run, cluster);
  if (fresh === 'walltime') return tooLong(snapshot, run, cluster);
  const spent = snapshot.spentBudgets.get(name);
  if (spent !== undefined) return { code: 'BUDGET_SPENT', sentence: spent.because };
  const held = snapshot.heldClusters.get(name);
  if (held !== undefined) return { code: 'CLUSTER_HELD', sentence: `cluster ${name} takes no requests: ${held}` };
  return {
    code: 'MAX_ALLOCATIONS',
    sentence: `all slots of ${name} are taken or spoken for, pending nodes included, and it may have no more than ${cluster.maxAllocations} allocations`,
  };
}

function tooLarge(run: Run, cluster: ClusterDefinition): Refusal {
  const need = needOf(run.definition, cluster);
  const lacking = Object.keys(need).filter((dimension) => (need[dimension] ?? 0) > (cluster.nodeResources[dimension] ?? 0));
  const needs = lacking
    .map(
      (dimension) =>
        `${formatAmount(dimension, need[dimension] ?? 0)} ${dimension} of ${formatAmount(dimension, cluster.nodeResources[dimension] ?? 0)}`,
    )
    .join(', ');
  return { code: 'TOO_LARGE_FOR_ANY_NODE', sentence: `it needs more than a node of ${cluster.name} has (${needs})` };
}

function tooLong(snapshot: Snapshot, run: Run, cluster: ClusterDefinition): Refusal {
  const neededMs = neededLifeMs(run, attemptTimeOf(snapshot, run), cluster);
  return {
    code: 'WALLTIME_TOO_SHORT',
    sentence: `it needs ${formatDuration(neededMs)} in one piece, and a node of ${cluster.name} lives for ${formatDuration(cluster.walltimeMs ?? 0)}`,
  };
}
