import type { Run } from '../model/run.ts';
import type { Placement, Plan, PlanMemory } from '../model/plan.ts';
import type { ShapeQueue, Snapshot } from '../model/snapshot.ts';
import type { Growth } from './growth.ts';
import type { ClusterName, NodeId } from '../model/ids.ts';
import type { Cursor } from './merge-ready.ts';
import type { Rooms } from './rooms.ts';
import { emptyMemory } from '../model/plan.ts';
import { cancelPending } from './cancel-pending.ts';
import { growthOf } from './growth.ts';
import { openCursors, ReadyMerge, rewind } from './merge-ready.ts';
import { heldRunsOf } from './nodes.ts';
import { compareReadyRuns, shapeOf } from './order-runs.ts';
import { needsMoreThanASlot, placeRuns } from './place-runs.ts';
import { releaseNodes } from './release-nodes.ts';
import { requestNodes } from './request-nodes.ts';
import { reserveRoom } from './reserve-room.ts';
import { roomsOfNodes } from './rooms.ts';
import { sendAhead } from './send-ahead.ts';
import { verdictsOf } from './verdicts.ts';

/**
 * What is to be done now? One plan from one snapshot: runs into free slots, short runs ahead of free slots, nodes for what
 * still waits, and what is not needed any more given back. Pure, and the same for any order of the input. `memory` is that
 * of the plan before.
 */
export function planTick(snapshot: Snapshot, nowMs: number, memory: PlanMemory = emptyMemory): Plan {
  const growth = growthOf(snapshot);
  const rooms = roomsOfNodes(snapshot);
  const ready = openCursors(snapshot.readyShapes);

  const seats = placeRuns(snapshot, new ReadyMerge(ready), { rooms, open: () => null, refuse: reservation(rooms, growth) }, nowMs);
  const unplaced = ready.map(rewind);
  const ahead = sendAhead(snapshot, new ReadyMerge(unplaced), rooms, nowMs);
  const waiting = [...unplaced.map(rewind), ...openCursors(returningShapes(snapshot))];
  const demand = requestNodes(snapshot, waiting, growth, nowMs);

  const placements: Placement[] = [];
  for (const { run, room, slots } of seats) if (room.node !== null) placements.push(placementOf(run, room.node, slots));
  for (const { run, node } of ahead) placements.push(placementOf(run, node, []));

  const taken = new Set<NodeId>(placements.map((placement) => placement.node));
  const released = releaseNodes(snapshot, taken, nowMs);
  const cancelled = cancelPending(snapshot, demand.surplus, demand.wanted, memory, nowMs);
  return {
    basedOn: snapshot.version,
    placements,
    requests: demand.requests,
    cancels: cancelled.cancels,
    drains: [],
    stops: [],
    releases: released.releases,
    verdicts: [...verdictsOf(snapshot, demand, growth), ...released.kept],
    wakeAtMs: earliest(released.wakeAtMs, cancelled.wakeAtMs),
    memory: { surplusSince: cancelled.surplusSince },
  };
}

function placementOf(run: Run, node: { readonly id: NodeId; readonly nonce: string }, slots: readonly number[]): Placement {
  return { run: run.id, attempt: run.attempt + 1, node: node.id, nonce: node.nonce, slots };
}

/** In each cluster that cannot grow, the first run that needs more than one slot's worth keeps the emptiest node for itself. */
function reservation(rooms: Rooms, growth: ReadonlyMap<ClusterName, Growth>): (cursor: Cursor, run: Run) => void {
  const reserved = new Set<ClusterName>();
  return (_, run) => {
    if (!needsMoreThanASlot(run)) return;
    const { clusters } = run.definition;
    if (clusters.some((name) => mayGetNode(growth.get(name)))) return;
    for (const name of clusters) {
      const inCluster = rooms.get(name);
      if (inCluster !== undefined && !reserved.has(name) && reserveRoom(inCluster, run)) reserved.add(name);
    }
  };
}

function mayGetNode(growth: Growth | undefined): boolean {
  return growth !== undefined && (growth.left > 0 || growth.pending > 0);
}

/** Runs on silent nodes are lost with them soon, most likely: they ask for nodes before it is proven. */
function returningShapes(snapshot: Snapshot): readonly ShapeQueue[] {
  const byShape = new Map<string, Run[]>();
  for (const { node } of snapshot.allocations) {
    if (node === null || node.status !== 'silent') continue;
    for (const id of heldRunsOf(node)) {
      const run = snapshot.run(id);
      if (run === undefined) continue;
      const { key } = shapeOf(run);
      byShape.set(key, [...(byShape.get(key) ?? []), run]);
    }
  }
  return [...byShape.values()].flatMap((runs) => {
    const [first] = runs.sort(compareReadyRuns);
    return first === undefined ? [] : [{ shape: shapeOf(first), size: runs.length, [Symbol.iterator]: () => runs[Symbol.iterator]() }];
  });
}

function earliest(...instants: readonly (number | null)[]): number | null {
  return instants.reduce((first, instant) => (first === null ? instant : instant === null ? first : Math.min(first, instant)), null);
}
