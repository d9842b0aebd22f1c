import type { ClusterDefinition } from '../model/definition.ts';
import type { Run } from '../model/run.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Cursor, ReadyMerge } from './merge-ready.ts';
import type { ClusterRooms, Room, Rooms } from './rooms.ts';
import { neededLifeMs, needOf, otherDimensions } from './fit.ts';
import { attemptTimeOf } from './predict.ts';
import { decideTimes } from './times.ts';

export interface Seat {
  readonly run: Run;
  readonly room: Room;
  readonly slots: readonly number[];
}

/** Where runs may be put: `open` gives a further room of a cluster, when there can be one for this run. */
export interface Floor {
  readonly rooms: Rooms;
  readonly open: (cluster: ClusterDefinition, run: Run) => Room | null;
  /** Called for each shape of which a run found no room, with that run. May reserve what others would take. */
  readonly refuse: (cursor: Cursor, run: Run) => void;
}

/**
 * Seats runs in their order, each by best fit in the first of its clusters that has room now. The one placement there
 * is: for free slots, for imagined nodes and for moves. A shape whose run finds no room is set aside, so that impossible
 * runs hold up nobody; only when the life of the nodes was the obstacle are some shorter runs behind it looked at.
 */
export function placeRuns(snapshot: Snapshot, queue: ReadyMerge, floor: Floor, nowMs: number): readonly Seat[] {
  const seats: Seat[] = [];
  for (let cursor = queue.first; cursor !== null; cursor = queue.first) {
    const run = cursor.head;
    if (run === null) break;
    const found = seatOf(snapshot, run, floor, nowMs);
    if (found !== null) {
      seats.push(found);
      queue.take();
      continue;
    }
    if (cursor.passed.length === 0) floor.refuse(cursor, run);
    if (mayFitLater(run, floor.rooms) && cursor.passed.length < decideTimes.lookAheadMax) queue.pass();
    else queue.setAside();
  }
  return seats;
}

function seatOf(snapshot: Snapshot, run: Run, floor: Floor, nowMs: number): Seat | null {
  const time = attemptTimeOf(snapshot, run);
  const endMs = time === null ? null : nowMs + time.ms;
  for (const name of run.definition.clusters) {
    const rooms = floor.rooms.get(name);
    if (rooms === undefined) continue;
    const need = needOf(run.definition, rooms.cluster);
    const room = rooms.bestFit(need, neededLifeMs(run, time, rooms.cluster), nowMs, endMs) ?? openRoom(rooms, run, floor);
    if (room !== null) return { run, room, slots: rooms.occupy(room, need, endMs) };
  }
  return null;
}

function openRoom(rooms: ClusterRooms, run: Run, floor: Floor): Room | null {
  const room = floor.open(rooms.cluster, run);
  if (room !== null) rooms.add(room);
  return room;
}

/** Runs of one shape differ in their expected time only: a shorter one can find room when there is any. */
function mayFitLater(run: Run, rooms: Rooms): boolean {
  return (
    run.definition.timeMs !== null &&
    run.definition.clusters.some((name) => rooms.get(name)?.hasFree(run.definition.resources.slots) === true)
  );
}

/** Could a free slot alone be too little for this run, so that smaller runs would take its place for ever? */
export function needsMoreThanASlot(run: Run): boolean {
  return run.definition.resources.slots > 1 || otherDimensions(run.definition.resources).length > 0;
}
