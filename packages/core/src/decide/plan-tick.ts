import type { Node } from '../model/allocation.ts';
import type { ClusterName, NodeId } from '../model/ids.ts';
import type { Placement, Plan, PlanMemory } from '../model/plan.ts';
import type { Run } from '../model/run.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Growth } from './growth.ts';
import type { Cursor } from './merge-ready.ts';
import type { Seat } from './place-runs.ts';
import type { Demand } from './request-nodes.ts';
import type { Room, Rooms } from './rooms.ts';
import { compareIds } from '../model/ids.ts';
import { emptyMemory } from '../model/plan.ts';
import { cancelPending } from './cancel-pending.ts';
import { consolidate } from './consolidate.ts';
import { expiringRuns } from './expiring-runs.ts';
import { freshNodeRefusal, growthOf } from './growth.ts';
import { openCursors, ReadyMerge, rewind } from './merge-ready.ts';
import { heldRunsOf } from './nodes.ts';
import { needsMoreThanASlot, placeRuns } from './place-runs.ts';
import { releaseNodes } from './release-nodes.ts';
import { requestNodes } from './request-nodes.ts';
import { reserveRoom } from './reserve-room.ts';
import { ClusterRooms, roomOfNode, roomsOfNodes } from './rooms.ts';
import { sendAhead } from './send-ahead.ts';
import { expectedTimes, wasMoved } from './order-runs.ts';
import { queuesOf } from './shape-queues.ts';
import { drainSuspects, stopForBudget } from './stop-spending.ts';
import { verdictsOf } from './verdicts.ts';

/**
 * What is to be done now? One plan from one snapshot: runs into free slots, short runs ahead of free slots, nodes for what
 * still waits (runs of silent and of expiring nodes included, which free slots would take first), one move, and what is not
 * needed any more given back. Pure, and the same for any order of the input. `memory` is that
 * of the plan before.
 */
export function planTick(snapshot: Snapshot, nowMs: number, memory: PlanMemory = emptyMemory): Plan {
  return decideTick(snapshot, nowMs, memory).plan;
}

/** A slot that is kept free in a cluster that cannot grow, and the run for which it is. */
export interface Reservation {
  readonly room: Room;
  readonly run: Run;
}

/** A plan with what was thought on the way to it. */
export interface Decision {
  readonly plan: Plan;
  readonly growth: ReadonlyMap<ClusterName, Growth>;
  readonly demand: Demand;
  /** What is free on nodes after the placements of the plan. */
  readonly rooms: Rooms;
  readonly reservations: ReadonlyMap<ClusterName, Reservation>;
  /** Runs that will start on nodes that are opened again. */
  readonly reopening: readonly Seat[];
}

/** The same as `planTick`, with the reasons: for those who ask why. */
export function decideTick(snapshot: Snapshot, nowMs: number, memory: PlanMemory = emptyMemory): Decision {
  const growth = growthOf(snapshot);
  const rooms = roomsOfNodes(snapshot, nowMs);
  keepSeatsOfMoving(snapshot, rooms, nowMs);
  const times = expectedTimes(snapshot);

  const ready = openCursors(snapshot.readyShapes);
  const moved = ready.filter(({ head }) => head !== null && wasMoved(head));
  const affordable = withoutSpent(snapshot, rooms);
  const reservations = new Map<ClusterName, Reservation>();
  const seats = [
    ...placeRuns(snapshot, new ReadyMerge(moved, times), { rooms, open: () => null, refuse: () => undefined }, nowMs),
    ...placeRuns(
      snapshot,
      new ReadyMerge(
        ready.filter((cursor) => !moved.includes(cursor)),
        times,
      ),
      { rooms: affordable, open: () => null, refuse: reservation(affordable, growth, reservations) },
      nowMs,
    ),
  ];
  const unplaced = ready.map(rewind);
  const ahead = sendAhead(snapshot, new ReadyMerge(unplaced, times), affordable, nowMs);
  const unsent = unplaced.map(rewind);
  const reopening = reopenNodes(snapshot, unsent, nowMs);
  const expiring = expiringRuns(snapshot, nowMs);
  const returning = openCursors(queuesOf([...runsOn(snapshot, (node) => node.status === 'silent'), ...expiring.runs]));
  const expected = placeRuns(snapshot, new ReadyMerge(returning, times), { rooms, open: () => null, refuse: () => undefined }, nowMs);
  const waiting = [...unsent.map(rewind), ...returning.map(rewind)];
  const busy = waitingClusters(snapshot, waiting);
  const demand = requestNodes(snapshot, waiting, [...seats, ...reopening], growth, nowMs);
  const step = consolidate(snapshot, rooms, busy, memory, nowMs);

  const placements: Placement[] = [];
  for (const { run, room, slots } of seats) if (room.node !== null) placements.push(placementOf(run, room.node, slots));
  for (const { run, node } of ahead) placements.push(placementOf(run, node, []));

  const taken = new Set<NodeId>(placements.map((placement) => placement.node));
  const awaiting = new Set<NodeId>(expected.map((seat) => seat.room.id));
  const released = releaseNodes(snapshot, taken, awaiting, nowMs);
  const cancelled = cancelPending(snapshot, demand.surplus, demand.wanted, memory, nowMs);
  const plan: Plan = {
    basedOn: snapshot.version,
    placements,
    requests: demand.requests,
    cancels: cancelled.cancels,
    drains: [...step.drains, ...drainSuspects(snapshot, step.drains)],
    undrains: [...new Set(reopening.map((seat) => seat.room.id))].sort(compareIds),
    stops: [...step.stops, ...stopForBudget(snapshot)],
    releases: released.releases,
    verdicts: [...verdictsOf(snapshot, demand, growth), ...released.kept, ...step.verdicts],
    wakeAtMs: earliest(released.wakeAtMs, cancelled.wakeAtMs, step.wakeAtMs, expiring.wakeAtMs),
    memory: { surplusSince: cancelled.surplusSince, surplusNodes: step.surplusNodes },
  };
  return { plan, growth, demand, rooms, reservations, reopening };
}

/** Where the node-hours are spent nothing starts, but runs that we moved go on. */
function withoutSpent(snapshot: Snapshot, rooms: Rooms): Rooms {
  if (snapshot.spentBudgets.size === 0) return rooms;
  return new Map([...rooms].filter(([cluster]) => !snapshot.spentBudgets.has(cluster)));
}

function placementOf(run: Run, node: { readonly id: NodeId; readonly nonce: string }, slots: readonly number[]): Placement {
  return { run: run.id, attempt: run.attempt + 1, node: node.id, nonce: node.nonce, slots };
}

/** In each cluster that cannot grow, the first run that needs more than one slot's worth keeps the emptiest node for itself. */
function reservation(
  rooms: Rooms,
  growth: ReadonlyMap<ClusterName, Growth>,
  reserved: Map<ClusterName, Reservation>,
): (cursor: Cursor, run: Run) => void {
  return (_, run) => {
    if (!needsMoreThanASlot(run)) return;
    const { clusters } = run.definition;
    if (clusters.some((name) => mayGetNode(growth.get(name)))) return;
    for (const name of clusters) {
      const inCluster = rooms.get(name);
      const room = inCluster === undefined || reserved.has(name) ? null : reserveRoom(inCluster, run);
      if (room !== null) reserved.set(name, { room, run });
    }
  };
}

function mayGetNode(growth: Growth | undefined): boolean {
  return growth !== undefined && (growth.left > 0 || growth.pending > 0);
}

/** Runs that we asked to stop in order to move them get their slots before all others, so that none is without one when it has stopped. */
function keepSeatsOfMoving(snapshot: Snapshot, rooms: Rooms, nowMs: number): void {
  const moving = runsOn(snapshot, (node) => node.drain?.reason === 'consolidation').filter(
    (run) => run.execution?.stop?.cause === 'consolidation',
  );
  if (moving.length > 0)
    placeRuns(
      snapshot,
      new ReadyMerge(openCursors(queuesOf(moving)), expectedTimes(snapshot)),
      { rooms, open: () => null, refuse: () => undefined },
      nowMs,
    );
}

/**
 * Which nodes that were drained to become empty are needed after all? Those on which runs that found no slot would start:
 * they are nearer than a new node. The runs that they will take are taken from `waiting`.
 */
function reopenNodes(snapshot: Snapshot, waiting: readonly Cursor[], nowMs: number): readonly Seat[] {
  const rooms = new Map<ClusterName, ClusterRooms>();
  for (const allocation of snapshot.allocations) {
    const { node } = allocation;
    const cluster = snapshot.clusters.get(allocation.cluster);
    if (
      cluster === undefined ||
      node?.drain?.reason !== 'consolidation' ||
      node.idleSinceMs !== null ||
      snapshot.spentBudgets.has(cluster.name)
    )
      continue;
    if (runsOn(snapshot, (other) => other === node).some((run) => run.execution?.stop != null)) continue;
    const room = roomOfNode(snapshot, { ...allocation, node: { ...node, drain: null } }, nowMs);
    if (room === null) continue;
    const inCluster = rooms.get(cluster.name) ?? new ClusterRooms(cluster);
    inCluster.add(room);
    rooms.set(cluster.name, inCluster);
  }
  if (rooms.size === 0) return [];
  return placeRuns(snapshot, new ReadyMerge(waiting, expectedTimes(snapshot)), { rooms, open: () => null, refuse: () => undefined }, nowMs);
}

/** Clusters for which a run waits that one of their nodes could take when it is empty. */
function waitingClusters(snapshot: Snapshot, waiting: readonly Cursor[]): ReadonlySet<ClusterName> {
  const clusters = new Set<ClusterName>();
  for (const { head } of waiting) {
    if (head === null) continue;
    for (const name of head.definition.clusters) {
      const cluster = snapshot.clusters.get(name);
      if (cluster !== undefined && !snapshot.spentBudgets.has(name) && freshNodeRefusal(snapshot, head, cluster) === null)
        clusters.add(name);
    }
  }
  return clusters;
}

function runsOn(snapshot: Snapshot, isMeant: (node: Node) => boolean): readonly Run[] {
  const runs: Run[] = [];
  for (const { node } of snapshot.allocations) {
    if (node === null || !isMeant(node)) continue;
    for (const id of heldRunsOf(node)) {
      const run = snapshot.run(id);
      if (run !== undefined) runs.push(run);
    }
  }
  return runs;
}

function earliest(...instants: readonly (number | null)[]): number | null {
  return instants.reduce((first, instant) => (first === null ? instant : instant === null ? first : Math.min(first, instant)), null);
}
