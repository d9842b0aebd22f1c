import type { Allocation, Node } from '../model/allocation.ts';
import type { NodeGoneProof } from '../model/events.ts';
import type { AttemptOutcome, Observation, Run } from '../model/run.ts';
import type { StopCause } from '../model/run-status.ts';

/** The end of an attempt whose node is gone. */
export function lostWithNode(
  allocation: Allocation,
  run: Run,
  observation: Observation | undefined,
  proof: NodeGoneProof,
  atMs: number,
): AttemptOutcome {
  const { node } = allocation;
  return {
    kind: 'lost',
    exitCode: null,
    signal: null,
    stopCause: node === null ? null : plannedEnd(allocation, node, proof, atMs),
    startedAtMs: run.execution?.startedAtMs ?? null,
    endedAtMs: atMs,
    checkpointAtMs: observation?.checkpointAtMs ?? null,
    progress: observation?.progress ?? null,
    detail: `node ${allocation.id} on ${node?.host ?? 'no host'} was lost (${proof})`,
  };
}

/** Words of clusters for ends that no run is to blame for; what follows the first word is ignored (`CANCELLED by 1000`). */
const plannedStates: Readonly<Record<string, StopCause>> = {
  TIMEOUT: 'walltime',
  DEADLINE: 'walltime',
  PREEMPTED: 'preempted',
  CANCELLED: 'manager-stop',
  REVOKED: 'manager-stop',
};

/**
 * Why this node's end says nothing about the runs that it held, or null when it died under them: it was told to end by
 * its cluster, its walltime had passed, somebody had cancelled it, or it lives and has only lost its lease.
 */
function plannedEnd(allocation: Allocation, node: Node, proof: NodeGoneProof, atMs: number): StopCause | null {
  if (node.drain?.reason === 'walltime' || node.drain?.reason === 'preempted') return node.drain.reason;
  const stated = plannedStates[allocation.endState?.split(' ')[0] ?? ''];
  if (stated !== undefined) return stated;
  if (node.deadlineMs !== null && (allocation.endedAtMs ?? atMs) >= node.deadlineMs) return 'walltime';
  if (allocation.cancel !== null) return 'manager-stop';
  return proof === 'lease-ended-on-node' || proof === 'goodbye' ? 'node-lost' : null;
}
