import type { ClusterDefinition } from '../model/definition.ts';
import type { ClusterName } from '../model/ids.ts';
import type { PlanMemory, Verdict } from '../model/plan.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { ExplanationCode, KnownExplanation } from './explanation.ts';
import type { Growth } from './growth.ts';
import type { Decision } from './plan-tick.ts';
import { emptyMemory } from '../model/plan.ts';
import { loadOf, surplusOf } from './active-nodes.ts';
import { counted } from './explanation.ts';
import { growthOf } from './growth.ts';
import { isPending } from './nodes.ts';
import { decideTick } from './plan-tick.ts';

interface Reason {
  readonly code: ExplanationCode;
  readonly sentence: string;
}

/** What keeps this cluster as it is, the nearest reason first, and how far it may grow. Null when it is not defined. */
export function explainCluster(
  snapshot: Snapshot,
  name: ClusterName,
  nowMs: number,
  memory: PlanMemory = emptyMemory,
): KnownExplanation | null {
  const growth = growthOf(snapshot).get(name);
  if (growth === undefined) return null;
  const decision = decideTick(snapshot, nowMs, memory);
  const reasons = [
    ...limits(snapshot, name),
    ...supply(snapshot, name, decision),
    ...refusals(snapshot, name, decision),
    ...verdictsOn(snapshot, growth.cluster, decision.plan.verdicts),
  ];
  const [first = calm(snapshot, name, growth), ...others] = reasons;
  const size = `${name} has ${growth.open} of at most ${counted(growth.cluster.maxAllocations, 'allocation')}, ${growth.pending} of them pending`;
  return {
    code: first.code,
    sentence: [size, ...[first, ...others].map(({ sentence }) => sentence)].join('; '),
    numbers: { open: growth.open, pending: growth.pending, left: growth.left },
  };
}

function limits(snapshot: Snapshot, name: ClusterName): readonly Reason[] {
  const held = snapshot.heldClusters.get(name);
  const spent = snapshot.spentBudgets.get(name);
  return [
    ...(held === undefined ? [] : [{ code: 'CLUSTER_HELD' as const, sentence: `it takes no requests: ${held}` }]),
    ...(spent === undefined ? [] : [{ code: 'BUDGET_SPENT' as const, sentence: spent.because }]),
  ];
}

/** Nodes that are requested, on their way, or being emptied by the next plan. */
function supply(snapshot: Snapshot, name: ClusterName, { plan }: Decision): readonly Reason[] {
  const reasons: Reason[] = [];
  for (const { cluster, count, because } of plan.requests)
    if (cluster === name) reasons.push({ code: 'REQUESTS_NODES', sentence: `it requests ${counted(count, 'node')} now: ${because}` });
  const pending = snapshot.allocations.filter((allocation) => allocation.cluster === name && isPending(allocation));
  const word = pending.find(({ waitingFor }) => waitingFor !== null)?.waitingFor ?? null;
  if (pending.length > 0)
    reasons.push({
      code: 'WAITS_FOR_NODES',
      sentence: `${counted(pending.length, 'node')} ${pending.length === 1 ? 'is' : 'are'} on the way${word === null ? '' : `; it says ${word}`}`,
    });
  const emptied = plan.drains.find(({ node, reason }) => reason === 'consolidation' && snapshot.allocation(node)?.cluster === name);
  if (emptied !== undefined)
    reasons.push({
      code: 'MOVES_RUNS',
      sentence: `${emptied.node} is emptied now: ${plan.stops.map(({ run }) => run).join(', ')} ${plan.stops.length === 1 ? 'moves' : 'move'} to other nodes`,
    });
  return reasons;
}

/** Why runs that wait for it get no further node. */
function refusals(snapshot: Snapshot, name: ClusterName, { plan, demand }: Decision): readonly Reason[] {
  const shapes = new Set(snapshot.readyShapes.filter(({ shape }) => shape.clusters.includes(name)).map(({ shape }) => shape.key));
  const reasons: Reason[] = plan.verdicts.filter(
    ({ subject, code }) => subject.kind === 'shape' && shapes.has(subject.key) && clusterSays.has(code),
  );
  const requested = plan.requests.find(({ cluster }) => cluster === name)?.count ?? 0;
  const imagined = demand.imagined.get(name)?.length ?? 0;
  if (imagined > requested && !demand.unsaturated.has(name)) {
    reasons.push({
      code: 'FEWER_NODES_SUFFICE',
      sentence: `by the times that are known, ${requested === 0 ? 'its nodes are' : `${counted(requested, 'further node')} ${requested === 1 ? 'is' : 'are'}`} enough: with ${imagined} further ones the work would not end sooner`,
    });
  }
  return reasons;
}

/** What limits and held clusters say stands first already. */
const clusterSays: ReadonlySet<string> = new Set(['MAX_ALLOCATIONS', 'TOO_LARGE_FOR_ANY_NODE', 'WALLTIME_TOO_SHORT']);

/** Where no node is to spare, it does not matter that moves are off or wait. */
function verdictsOn(snapshot: Snapshot, { name, slotsPerNode }: ClusterDefinition, verdicts: readonly Verdict[]): readonly Reason[] {
  const isToSpare = surplusOf(loadOf(snapshot, name), slotsPerNode) > 0;
  return verdicts.filter(
    ({ subject, code }) => subject.kind === 'cluster' && subject.cluster === name && (isToSpare || code === 'WAITING_FOR_SATURATION'),
  );
}

/** Nothing waits, nothing comes and nothing is to spare. */
function calm(snapshot: Snapshot, name: ClusterName, growth: Growth): Reason {
  if (growth.open === 0) return { code: 'CLUSTER_IDLE', sentence: 'no run waits for it that could start there' };
  const nodes = snapshot.allocations.filter(({ cluster, node }) => cluster === name && node !== null && node.idleSinceMs === null);
  if (nodes.length === 0) return { code: 'NODES_EMPTY', sentence: 'its nodes have no runs, and no run waits that could start there' };
  return {
    code: 'NOTHING_TO_EMPTY',
    sentence: `its runs need ${nodes.length === 1 ? 'the node that has them' : `all of its ${nodes.length} nodes with runs`}, and no run waits that could start there`,
  };
}
