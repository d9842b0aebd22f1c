import type { Allocation, Node } from '../model/allocation.ts';
import type { ClusterName, NodeId } from '../model/ids.ts';
import type { ReleaseAction, Verdict } from '../model/plan.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { formatDuration } from '../model/duration.ts';
import { heldRunsOf } from './nodes.ts';

export interface Releases {
  readonly releases: readonly ReleaseAction[];
  readonly kept: readonly Verdict[];
  /** When the first of the kept nodes has waited long enough; null when none waits. */
  readonly wakeAtMs: number | null;
}

/**
 * Which empty nodes are given back? One to which no work can come, at once: it takes no runs any more, or no run waits and
 * none that executes may come back by a retry. Any other when it was empty for the cluster's idle timeout: a new node
 * would cost its start-up. Nodes in `taken` get runs in the same plan; those in `awaiting` have slots for runs that will
 * have to leave theirs soon, and may have been requested for them.
 */
export function releaseNodes(snapshot: Snapshot, taken: ReadonlySet<NodeId>, awaiting: ReadonlySet<NodeId>, nowMs: number): Releases {
  const releases: ReleaseAction[] = [];
  const kept: Verdict[] = [];
  let wakeAtMs: number | null = null;
  let mayCome: boolean | null = null;
  for (const allocation of snapshot.allocations) {
    const { node } = allocation;
    if (node === null || node.idleSinceMs === null || taken.has(node.id) || !canBeReleased(allocation)) continue;
    const cluster = snapshot.clusters.get(allocation.cluster);
    const isOpen = cluster !== undefined && node.drain === null && !snapshot.spentBudgets.has(cluster.name);
    if (isOpen && awaiting.has(node.id)) {
      kept.push({
        subject: { kind: 'node', node: node.id },
        code: 'NODE_AWAITS_RUNS',
        sentence: `node ${node.id} is empty and kept for runs of nodes that end soon or are silent`,
      });
      continue;
    }
    const dueAtMs = isOpen && (mayCome ??= mayWorkCome(snapshot)) ? node.idleSinceMs + cluster.idleTimeoutMs : nowMs;
    if (dueAtMs <= nowMs) {
      releases.push({ node: node.id, because: becauseOf(snapshot, allocation.cluster, node, node.idleSinceMs, nowMs) });
      continue;
    }
    wakeAtMs = wakeAtMs === null ? dueAtMs : Math.min(wakeAtMs, dueAtMs);
    kept.push({
      subject: { kind: 'node', node: node.id },
      code: 'NODE_KEPT_WARM',
      sentence: `node ${node.id} is empty and kept for ${formatDuration(dueAtMs - nowMs)} more, in case that work follows`,
    });
  }
  return { releases, kept, wakeAtMs };
}

function becauseOf(snapshot: Snapshot, cluster: ClusterName, { drain }: Node, idleSinceMs: number, nowMs: number): string {
  if (drain !== null) return `empty and draining (${drain.reason})`;
  const spent = snapshot.spentBudgets.get(cluster);
  return spent === undefined ? `empty for ${formatDuration(nowMs - idleSinceMs)}` : `empty, and ${spent.because}`;
}

/** Is there a run that may become ready without anybody's doing? */
function mayWorkCome(snapshot: Snapshot): boolean {
  if (snapshot.waitingCount + snapshot.readyCount > 0) return true;
  return snapshot.allocations.some(({ node }) => {
    if (node === null || node.idleSinceMs !== null) return false;
    return [...heldRunsOf(node)].some((id) => {
      const run = snapshot.run(id);
      return run !== undefined && (run.retriesUsed < run.definition.retries || node.status !== 'connected');
    });
  });
}

/** Can this node be given back by a message to it, and was that not done yet? */
export function canBeReleased(allocation: Allocation): boolean {
  const { node } = allocation;
  return node !== null && node.status === 'connected' && node.drain?.reason !== 'release';
}
