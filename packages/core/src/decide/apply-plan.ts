import type { DurableEvent } from '../model/events.ts';
import type { Plan, Placement } from '../model/plan.ts';
import type { AllocationRequest } from '../ports/cluster.ts';
import type { ClusterName, NodeId } from '../model/ids.ts';
import type { AttemptName } from '../fencing/fence-orders.ts';
import type { World } from '../evolve/world.ts';
import { avoidedHosts } from './avoided-hosts.ts';

/** What is to be done once the intents are durable. */
export interface Effects {
  readonly starts: readonly AttemptName[];
  readonly stops: readonly AttemptName[];
  readonly releases: readonly NodeId[];
  readonly submissions: readonly { readonly cluster: ClusterName; readonly request: AllocationRequest }[];
  readonly cancellations: readonly string[];
}

export interface AppliedPlan {
  readonly events: readonly DurableEvent[];
  readonly effects: Effects;
  /** Actions that no longer fitted the state and were left out, each with a sentence. */
  readonly skipped: readonly string[];
}

/**
 * Turns a plan into intents and effects. Each action is looked at once more against the state as it is now: a plan may
 * be applied in part. `newToken` gives an unguessable name part for each allocation. Which machines are avoided at
 * `nowMs` is a wish with the submission, no part of the intent.
 */
export function applyPlan(world: World, plan: Plan, newToken: () => string, nowMs: number): AppliedPlan {
  const events: DurableEvent[] = [];
  const skipped: string[] = [];
  const starts: AttemptName[] = [];
  const stops: AttemptName[] = [];
  const releases: NodeId[] = [];
  const submissions: { cluster: ClusterName; request: AllocationRequest }[] = [];
  const cancellations: string[] = [];
  const taken = new Set<string>();

  for (const placement of plan.placements) {
    const refusal = placementRefusal(world, placement, taken);
    if (refusal !== null) {
      skipped.push(refusal);
      continue;
    }
    for (const slot of placement.slots) taken.add(`${placement.node}/${slot}`);
    taken.add(placement.run);
    events.push({ kind: 'run-placed', ...placement });
    starts.push({ run: placement.run, attempt: placement.attempt });
  }
  for (const stop of plan.stops) {
    const run = world.run(stop.run);
    if (run === undefined || run.execution === null || run.attempt !== stop.attempt)
      skipped.push(`${stop.run} is not at attempt ${stop.attempt} any more`);
    else if (run.execution.stop === null) {
      events.push({ kind: 'run-stop-requested', ...stop });
      stops.push({ run: stop.run, attempt: stop.attempt });
    }
  }
  for (const drain of plan.drains) {
    if (world.allocation(drain.node)?.node?.drain === null) events.push({ kind: 'node-drained', ...drain });
  }
  for (const node of plan.undrains) {
    if (world.allocation(node)?.node?.drain?.reason === 'consolidation') events.push({ kind: 'node-undrained', node });
  }
  for (const release of plan.releases) {
    const node = world.allocation(release.node)?.node ?? null;
    if (node === null || node.idleSinceMs === null) skipped.push(`${release.node} is not idle any more`);
    else {
      events.push({ kind: 'node-release-requested', node: release.node, reason: release.because });
      releases.push(release.node);
    }
  }
  for (const cancel of plan.cancels) {
    const allocation = world.allocation(cancel.allocation);
    if (allocation === undefined || allocation.status === 'ended' || allocation.cancel !== null)
      skipped.push(`${cancel.allocation} needs no cancel any more`);
    else {
      events.push({ kind: 'allocation-cancel-requested', allocation: cancel.allocation, reason: cancel.because });
      cancellations.push(cancel.allocation);
    }
  }
  let number = world.allocationCount;
  for (const demand of plan.requests) {
    const cluster = world.clusters.get(demand.cluster);
    if (cluster === undefined) continue;
    const avoided = avoidedHosts(world.experience.failures.suspects, (id) => world.allocation(id), cluster.name, nowMs);
    for (let i = 0; i < demand.count; i += 1) {
      number += 1;
      const wanted = {
        allocation: `${cluster.name}-${String(number).padStart(5, '0')}`,
        token: newToken(),
        slots: cluster.slotsPerNode,
        resources: cluster.nodeResources,
        walltimeMs: demand.walltimesMs?.[i] ?? cluster.walltimeMs,
      };
      events.push({ kind: 'allocation-requested', cluster: cluster.name, leaseMs: cluster.fencing.leaseMs, ...wanted });
      submissions.push({ cluster: cluster.name, request: { ...wanted, avoidedHosts: avoided } });
    }
  }
  return { events, effects: { starts, stops, releases, submissions, cancellations }, skipped };
}

function placementRefusal(world: World, placement: Placement, taken: ReadonlySet<string>): string | null {
  const run = world.run(placement.run);
  if (run === undefined || run.status !== 'ready' || run.attempt + 1 !== placement.attempt || taken.has(placement.run))
    return `${placement.run} is not ready for attempt ${placement.attempt} any more`;
  const node = world.allocation(placement.node)?.node ?? null;
  if (node === null || node.nonce !== placement.nonce || node.status !== 'connected' || node.drain !== null)
    return `${placement.node} takes no runs any more`;
  for (const slot of placement.slots) {
    if (node.occupants[slot] !== null || taken.has(`${placement.node}/${slot}`)) return `slot ${slot} of ${placement.node} is taken`;
  }
  return null;
}
