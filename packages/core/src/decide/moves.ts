import type { ResourceVector } from '../model/definition.ts';
import type { Run } from '../model/run.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { ActiveNode } from './active-nodes.ts';
import type { ClusterRooms, Room } from './rooms.ts';
import { neededLifeMs, needOf } from './fit.ts';
import { movabilityOf } from './movable.ts';

/** Runs of one node that would go to free slots of others, so that the node is empty sooner. */
export interface Move {
  readonly source: ActiveNode;
  readonly runs: readonly Run[];
  readonly targets: readonly string[];
  /** The largest and the sum of what the runs would do again, in ms. */
  readonly worstLossMs: number;
  readonly lossMs: number;
  /** When the run that would lose most saves itself next; null when that is not known. */
  readonly savesAtMs: number | null;
  readonly startsFromZero: boolean;
  /** Node-milliseconds that it saves by projection, what is redone counted; null when a time is not known. */
  readonly gainMs: number | null;
}

interface Guest {
  readonly run: Run;
  readonly leftMs: number | null;
  readonly lossMs: number;
  readonly savesAtMs: number | null;
  readonly startsFromZero: boolean;
}

/** The moves of a node, and when the protection of the run that forbids further ones ends by itself. */
export interface Offer {
  readonly moves: readonly Move[];
  readonly protectedUntilMs: number | null;
}

/** The runs of this node, longest first, up to the first that may not be moved. */
function movablePrefix(
  snapshot: Snapshot,
  source: ActiveNode,
  nowMs: number,
): { readonly guests: readonly Guest[]; readonly protectedUntilMs: number | null } {
  const guests: Guest[] = [];
  for (const { run, leftMs } of source.runs) {
    const movability = movabilityOf(snapshot, run, nowMs);
    if (movability.kind === 'protected') return { guests, protectedUntilMs: movability.untilMs };
    guests.push({ run, leftMs, ...movability });
  }
  return { guests, protectedUntilMs: null };
}

/**
 * The moves that this node offers: all of its runs, and, when all times are known, also only the longest of them, which
 * leaves the others to end by themselves. Each is tried by the placement code in the rooms that there are: no move needs a
 * further node. Moves for which there is no room are left out.
 */
export function movesOf(
  snapshot: Snapshot,
  source: ActiveNode,
  rooms: ClusterRooms,
  lives: ReadonlyMap<string, number | null>,
  nowMs: number,
): Offer {
  const { guests, protectedUntilMs } = movablePrefix(snapshot, source, nowMs);
  const from = source.lifeMs === null ? source.runs.length : 1;
  const moves: Move[] = [];
  const own = rooms.roomOf(source.node.id);
  if (own !== null) rooms.remove(own);
  for (let count = from; count <= guests.length; count += 1) {
    const seated = trySeats(guests.slice(0, count), rooms, nowMs);
    if (seated === null) break;
    moves.push(moveOf(source, guests.slice(0, count), seated, lives));
  }
  if (own !== null) rooms.add(own);
  return { moves, protectedUntilMs };
}

/**
 * The rooms that the placement code gives these runs, one for each; null when one finds none. Runs of more slots choose
 * first: small ones fit into what they leave. Changes nothing.
 */
function trySeats(guests: readonly Guest[], rooms: ClusterRooms, nowMs: number): readonly Room[] | null {
  const widestFirst = [...guests].sort((a, b) => b.run.definition.resources.slots - a.run.definition.resources.slots);
  const taken = new Map<Guest, { room: Room; need: ResourceVector; slots: readonly number[]; stayedUntilMs: number }>();
  for (const guest of widestFirst) {
    const need = needOf(guest.run.definition, rooms.cluster);
    const laterMs = guest.leftMs === null ? null : guest.leftMs + guest.lossMs;
    const endMs = laterMs === null ? null : nowMs + laterMs;
    const room = rooms.bestFit(
      need,
      neededLifeMs(guest.run, laterMs === null ? null : { ms: laterMs, upperMs: laterMs, source: 'declared' }, rooms.cluster),
      nowMs,
      endMs,
    );
    if (room === null) break;
    const stayedUntilMs = room.staysUntilMs;
    taken.set(guest, { room, need, slots: rooms.occupy(room, need, endMs), stayedUntilMs });
  }
  for (const { room, need, slots, stayedUntilMs } of [...taken.values()].reverse()) rooms.vacate(room, need, slots, stayedUntilMs);
  const seated = guests.flatMap((guest) => taken.get(guest)?.room ?? []);
  return seated.length === guests.length ? seated : null;
}

function moveOf(source: ActiveNode, guests: readonly Guest[], seated: readonly Room[], lives: ReadonlyMap<string, number | null>): Move {
  const worst = guests.reduce<Guest | null>((found, guest) => (found === null || guest.lossMs > found.lossMs ? guest : found), null);
  return {
    source,
    runs: guests.map((guest) => guest.run),
    targets: seated.map((room) => room.id),
    worstLossMs: worst?.lossMs ?? 0,
    lossMs: guests.reduce((sum, guest) => sum + guest.lossMs, 0),
    savesAtMs: worst?.savesAtMs ?? null,
    startsFromZero: guests.some((guest) => guest.startsFromZero),
    gainMs: gainOf(source, guests, seated, lives),
  };
}

/** Two futures compared: how much shorter the source lives, less how much longer its runs make the targets live. */
function gainOf(
  source: ActiveNode,
  guests: readonly Guest[],
  seated: readonly Room[],
  lives: ReadonlyMap<string, number | null>,
): number | null {
  if (source.lifeMs === null) return null;
  const longerMs = new Map<string, number>();
  for (const [i, guest] of guests.entries()) {
    const target = seated[i];
    const lifeMs = target === undefined ? null : (lives.get(target.id) ?? null);
    if (target === undefined || lifeMs === null || guest.leftMs === null) return null;
    longerMs.set(target.id, Math.max(longerMs.get(target.id) ?? 0, guest.leftMs + guest.lossMs - lifeMs));
  }
  const staysMs = source.runs[guests.length]?.leftMs ?? 0;
  return [...longerMs.values()].reduce((gain, extraMs) => gain - extraMs, source.lifeMs - Math.min(source.lifeMs, staysMs));
}
