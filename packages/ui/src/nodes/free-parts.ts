import type { TimelineLane } from '@juqueue/client';

/** What the free slots of a node are, by the rules of the ledger. That a run waited which would fit there only the ledger knows. */
export type FreePart = 'startUp' | 'closing' | 'idle' | 'quantisation' | 'fragmentation';

export interface FreeStretch {
  readonly fromMs: number;
  readonly toMs: number;
  readonly part: FreePart;
}

type Range = { readonly fromMs: number; readonly toMs: number };

/**
 * What the free slots of each lane were, in stretches of one `points`-th of the time; by the id of the allocation. Of the
 * nodes of a cluster, as many as its occupied slots need are needed, the fullest ones; what is free on them is quantisation,
 * on the others fragmentation.
 */
export function freeParts(lanes: readonly TimelineLane[], range: Range, points: number): ReadonlyMap<string, readonly FreeStretch[]> {
  const stretches = new Map<string, readonly FreeStretch[]>();
  for (const ofCluster of Map.groupBy(lanes, ({ cluster }) => cluster).values()) {
    const busy = new Map(ofCluster.map((lane) => [lane, busySlots(lane, range, points)]));
    const parts = new Map(ofCluster.map((lane): [TimelineLane, (FreePart | null)[]] => [lane, new Array<FreePart | null>(points).fill(null)]));
    for (let point = 0; point < points; point += 1) partsAt(ofCluster, point, middleOf(point, range, points), busy, parts);
    for (const [lane, of] of parts) stretches.set(lane.id, joined(of, range));
  }
  return stretches;
}

function partsAt(lanes: readonly TimelineLane[], point: number, atMs: number, busy: ReadonlyMap<TimelineLane, Uint16Array>, parts: ReadonlyMap<TimelineLane, (FreePart | null)[]>): void {
  const set = (lane: TimelineLane, part: FreePart): void => {
    const own = parts.get(lane);
    if (own !== undefined) own[point] = part;
  };
  const taken = (lane: TimelineLane): number => busy.get(lane)?.[point] ?? 0;
  const billed = lanes.filter((lane) => lane.startedAtMs !== null && lane.startedAtMs <= atMs && atMs < (lane.endedAtMs ?? Number.POSITIVE_INFINITY));
  const connected = billed.filter((lane) => lane.helloAtMs !== null && lane.helloAtMs <= atMs);
  for (const lane of billed) if (!connected.includes(lane)) set(lane, 'startUp');
  const occupied = connected.reduce((sum, lane) => sum + taken(lane), 0);
  const capacity = connected.reduce((most, { slots }) => Math.max(most, slots), 1);
  let fragmented = Math.max(0, connected.length - Math.ceil(occupied / capacity)) * capacity;
  for (const lane of [...connected].sort((a, b) => taken(a) - taken(b))) {
    const free = lane.slots - taken(lane);
    if (lane.drainedAtMs !== null && lane.drainedAtMs <= atMs) set(lane, 'closing');
    else if (occupied === 0) set(lane, 'idle');
    else {
      const here = Math.min(free, fragmented);
      fragmented -= here;
      set(lane, here * 2 > free ? 'fragmentation' : 'quantisation');
    }
  }
}

function middleOf(point: number, { fromMs, toMs }: Range, points: number): number {
  return fromMs + ((point + 0.5) * (toMs - fromMs)) / points;
}

/** How many slots of a lane execute something in the middle of each stretch. */
function busySlots(lane: TimelineLane, range: Range, points: number): Uint16Array {
  const busy = new Uint16Array(points);
  const stepMs = (range.toMs - range.fromMs) / points;
  for (const { fromMs, toMs } of lane.segments) {
    const first = Math.max(0, Math.ceil((fromMs - range.fromMs) / stepMs - 0.5));
    const last = Math.min(points - 1, Math.ceil((toMs - range.fromMs) / stepMs - 0.5) - 1);
    for (let point = first; point <= last; point += 1) busy[point] = (busy[point] ?? 0) + 1;
  }
  return busy;
}

/** Neighbours of the same part as one stretch. */
function joined(parts: readonly (FreePart | null)[], { fromMs, toMs }: Range): readonly FreeStretch[] {
  const stepMs = (toMs - fromMs) / parts.length;
  const stretches: FreeStretch[] = [];
  for (const [index, part] of parts.entries()) {
    const last = stretches.at(-1);
    const startMs = fromMs + index * stepMs;
    if (part === null) continue;
    if (last !== undefined && last.part === part && last.toMs === startMs) stretches[stretches.length - 1] = { ...last, toMs: fromMs + (index + 1) * stepMs };
    else stretches.push({ part, fromMs: startMs, toMs: fromMs + (index + 1) * stepMs });
  }
  return stretches;
}
