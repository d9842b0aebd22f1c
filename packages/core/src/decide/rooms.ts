import type { Allocation, Node } from '../model/allocation.ts';
import type { ClusterDefinition, ResourceVector } from '../model/definition.ts';
import type { ClusterName, RunId } from '../model/ids.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { compareIds } from '../model/ids.ts';
import { heldRunsOf, isOpenToRuns } from './nodes.ts';
import { needOf, otherDimensions } from './fit.ts';
import { remainingOf } from './predict.ts';

/** What one node can still take: a real one, one that is on its way, or one that is only imagined. */
export interface Room {
  readonly id: string;
  readonly cluster: ClusterDefinition;
  readonly node: Node | null;
  /** Of two rooms that are equal otherwise, the lower rank is filled first. */
  readonly rank: number;
  /** What the node has when it is empty. */
  readonly total: ResourceVector;
  /** Free slots by index, lowest first. */
  readonly freeSlots: number[];
  /** What is free of each dimension besides slots. */
  readonly spare: Map<string, number>;
  readonly deadlineMs: number | null;
  /** How long it stays up whatever we do: the latest expected end of what runs on it. 0 when nothing is known. */
  staysUntilMs: number;
}

/**
 * The rooms of one cluster by the number of their free slots, and among equals in the order in which they are filled, so
 * that the first that fits is the best.
 */
export class ClusterRooms {
  readonly cluster: ClusterDefinition;
  readonly #byFree: Room[][] = [];

  constructor(cluster: ClusterDefinition) {
    this.cluster = cluster;
  }

  add(room: Room): void {
    const bucket = (this.#byFree[room.freeSlots.length] ??= []);
    bucket.splice(placeIn(bucket, room), 0, room);
  }

  /** Takes the room out: nothing more is placed in it. */
  remove(room: Room): void {
    const bucket = this.#byFree[room.freeSlots.length] ?? [];
    const at = placeIn(bucket, room);
    if (bucket[at] === room) bucket.splice(at, 1);
  }

  /** The room of this node, if it has free slots. */
  roomOf(id: string): Room | null {
    for (const room of this.withFree(1)) if (room.id === id) return room;
    return null;
  }

  /** Rooms with at least this many free slots, in no order. */
  *withFree(slots: number): Iterable<Room> {
    for (let free = Math.max(1, slots); free < this.#byFree.length; free += 1) yield* this.#byFree[free] ?? [];
  }

  hasFree(slots: number): boolean {
    for (let free = Math.max(1, slots); free < this.#byFree.length; free += 1) if ((this.#byFree[free]?.length ?? 0) > 0) return true;
    return false;
  }

  /**
   * Best fit: of the rooms that take `need` and live for `lifeMs` more, the fullest; among equals the one with the least
   * of the asked dimensions to spare, then the one that stays up longest anyway, then by rank and id. When the end of the
   * run is known, a room that stays up until then is better than any that would have to stay for it: what ends together
   * is put together.
   */
  bestFit(need: ResourceVector, lifeMs: number, nowMs: number, endMs: number | null): Room | null {
    if (endMs !== null) {
      const longest = this.#longest(need, lifeMs, nowMs, endMs);
      if (longest !== null) return longest;
    }
    const dimensions = otherDimensions(need);
    for (let free = need.slots; free < this.#byFree.length; free += 1) {
      let best: Room | null = null;
      for (const room of this.#byFree[free] ?? []) {
        if (!livesFor(room, lifeMs, nowMs) || !hasSpare(room, need, dimensions)) continue;
        if (best === null || compareSpare(room, best, dimensions) < 0) best = room;
        if (dimensions.length === 0) return best;
      }
      if (best !== null) return best;
    }
    return null;
  }

  /** The fullest room that stays up until `endMs` anyway; else, when all have known ends, the one that stays up longest. */
  #longest(need: ResourceVector, lifeMs: number, nowMs: number, endMs: number): Room | null {
    const dimensions = otherDimensions(need);
    let longest: Room | null = null;
    for (let free = need.slots; free < this.#byFree.length; free += 1) {
      const bucket = this.#byFree[free] ?? [];
      for (let at = stayingUntil(bucket, endMs) - 1; at >= 0; at -= 1) {
        const room = bucket[at];
        if (room !== undefined && livesFor(room, lifeMs, nowMs) && hasSpare(room, need, dimensions)) return room;
      }
      for (const room of bucket) {
        if (!livesFor(room, lifeMs, nowMs) || !hasSpare(room, need, dimensions)) continue;
        if (longest === null || room.staysUntilMs > longest.staysUntilMs) longest = room;
        break;
      }
    }
    return longest;
  }

  /** Takes the lowest free slots and the other dimensions of the room for `need`; answers the slots. */
  occupy(room: Room, need: ResourceVector, endMs: number | null): readonly number[] {
    this.remove(room);
    room.staysUntilMs = Math.max(room.staysUntilMs, endMs ?? 0);
    const slots = room.freeSlots.splice(0, need.slots);
    for (const dimension of otherDimensions(need)) room.spare.set(dimension, (room.spare.get(dimension) ?? 0) - (need[dimension] ?? 0));
    this.add(room);
    return slots;
  }

  /** Undoes an `occupy`: what was taken is free again. */
  vacate(room: Room, need: ResourceVector, slots: readonly number[], staysUntilMs: number): void {
    this.remove(room);
    room.staysUntilMs = staysUntilMs;
    room.freeSlots.unshift(...slots);
    for (const dimension of otherDimensions(need)) room.spare.set(dimension, (room.spare.get(dimension) ?? 0) + (need[dimension] ?? 0));
    this.add(room);
  }
}

export type Rooms = ReadonlyMap<ClusterName, ClusterRooms>;

/** The rooms of the connected nodes that take runs and have a free slot. Costs the nodes and the runs on those with room. */
export function roomsOfNodes(snapshot: Snapshot, nowMs: number): Rooms {
  const rooms = new Map([...snapshot.clusters.values()].map((cluster) => [cluster.name, new ClusterRooms(cluster)]));
  for (const allocation of snapshot.allocations) {
    const room = roomOfNode(snapshot, allocation, nowMs);
    if (room !== null) rooms.get(allocation.cluster)?.add(room);
  }
  return rooms;
}

/** What this node can still take; null when it takes nothing: not connected, draining, full, or about to start what was sent ahead. */
export function roomOfNode(snapshot: Snapshot, allocation: Allocation, nowMs: number): Room | null {
  const { node } = allocation;
  const cluster = snapshot.clusters.get(allocation.cluster);
  if (node === null || cluster === undefined || !isOpenToRuns(allocation) || snapshot.suspectNodes.has(node.id) || node.ahead.length > 0)
    return null;
  const freeSlots: number[] = [];
  for (let slot = 0; slot < node.occupants.length; slot += 1) if (node.occupants[slot] === null) freeSlots.push(slot);
  if (freeSlots.length === 0) return null;
  const { spare, staysUntilMs } = besideRuns(snapshot, cluster, allocation.resources, heldRunsOf(node), nowMs);
  return {
    id: allocation.id,
    cluster,
    node,
    rank: 0,
    total: allocation.resources,
    freeSlots,
    spare,
    deadlineMs: node.deadlineMs,
    staysUntilMs,
  };
}

/** An empty node of this cluster that does not exist yet. */
export function emptyRoom(cluster: ClusterDefinition, id: string, rank: number, total: ResourceVector, deadlineMs: number | null): Room {
  const freeSlots = Array.from({ length: total.slots }, (_, slot) => slot);
  return { id, cluster, node: null, rank, total, freeSlots, spare: spareOf(total), deadlineMs, staysUntilMs: 0 };
}

export function livesFor(room: Room, lifeMs: number, nowMs: number): boolean {
  return room.deadlineMs === null || room.deadlineMs - nowMs >= lifeMs;
}

function besideRuns(
  snapshot: Snapshot,
  cluster: ClusterDefinition,
  total: ResourceVector,
  held: Iterable<RunId>,
  nowMs: number,
): { readonly spare: Map<string, number>; readonly staysUntilMs: number } {
  const spare = spareOf(total);
  let staysUntilMs = 0;
  for (const id of held) {
    const run = snapshot.run(id);
    if (run === undefined) continue;
    staysUntilMs = Math.max(staysUntilMs, nowMs + (remainingOf(snapshot, run, nowMs)?.ms ?? 0));
    const need = needOf(run.definition, cluster);
    for (const dimension of otherDimensions(need)) spare.set(dimension, (spare.get(dimension) ?? 0) - (need[dimension] ?? 0));
  }
  return { spare, staysUntilMs };
}

function spareOf(total: ResourceVector): Map<string, number> {
  return new Map(otherDimensions(total).map((dimension) => [dimension, total[dimension] ?? 0]));
}

function hasSpare(room: Room, need: ResourceVector, dimensions: readonly string[]): boolean {
  for (const dimension of dimensions) if ((need[dimension] ?? 0) > (room.spare.get(dimension) ?? 0)) return false;
  return true;
}

function compareSpare(a: Room, b: Room, dimensions: readonly string[]): number {
  for (const dimension of dimensions) {
    const difference = (a.spare.get(dimension) ?? 0) - (b.spare.get(dimension) ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function compareRooms(a: Room, b: Room): number {
  return b.staysUntilMs - a.staysUntilMs || a.rank - b.rank || compareIds(a.id, b.id);
}

/** Where the room stands, or would stand, in a bucket in the order of `compareRooms`. */
function placeIn(bucket: readonly Room[], room: Room): number {
  let low = 0;
  let high = bucket.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const candidate = bucket[middle];
    if (candidate !== undefined && compareRooms(candidate, room) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many rooms of a bucket stay up until `endMs` or longer: they stand first. */
function stayingUntil(bucket: readonly Room[], endMs: number): number {
  let low = 0;
  let high = bucket.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((bucket[middle]?.staysUntilMs ?? 0) >= endMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
