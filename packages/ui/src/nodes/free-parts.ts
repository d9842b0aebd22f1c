import type { DispatchStretch, TimelineLane } from '@juqueue/client';

/** What the free slots of a node are, by the rules of the ledger. */
export type FreePart = 'startUp' | 'dispatch' | 'closing' | 'idle' | 'quantisation' | 'fragmentation';

export interface FreeStretch {
  readonly fromMs: number;
  readonly toMs: number;
  readonly part: FreePart;
}

export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** One lane at each of the points into which the time is cut. */
export interface FreeLane {
  readonly busy: Uint16Array;
  /** Null where it was not paid for. */
  readonly parts: readonly (FreePart | null)[];
}

type OpenLane = { readonly lane: TimelineLane; readonly busy: Uint16Array; readonly parts: (FreePart | null)[] };

/**
 * What the free slots of each lane were at each of so many points of the time; by the id of the allocation. Of the nodes of
 * a cluster, as many as its occupied slots need are needed, the fullest ones; what is free on them is quantisation, on the
 * others fragmentation. When a run waited that fits is told by the server.
 */
export function freeLanes(
  lanes: readonly TimelineLane[],
  dispatch: readonly DispatchStretch[],
  range: TimeRange,
  points: number,
): ReadonlyMap<string, FreeLane> {
  const found = new Map<string, FreeLane>();
  for (const [cluster, ofCluster] of Map.groupBy(lanes, (lane) => lane.cluster)) {
    const waited = pointsOfDispatch(
      dispatch.filter((stretch) => stretch.cluster === cluster),
      range,
      points,
    );
    const open = ofCluster.map((lane): OpenLane => ({
      lane,
      busy: busySlots(lane, range, points),
      parts: new Array<FreePart | null>(points).fill(null),
    }));
    for (let point = 0; point < points; point += 1) partsAt(open, point, middleOf(point, range, points), waited[point] === true);
    for (const { lane, busy, parts } of open) found.set(lane.id, { busy, parts });
  }
  return found;
}

/** Neighbours of the same part as one stretch. */
export function stretchesOf({ parts }: FreeLane, { fromMs, toMs }: TimeRange): readonly FreeStretch[] {
  const stepMs = (toMs - fromMs) / parts.length;
  const stretches: FreeStretch[] = [];
  for (const [index, part] of parts.entries()) {
    const last = stretches.at(-1);
    const startMs = fromMs + index * stepMs;
    if (part === null) continue;
    if (last !== undefined && last.part === part && last.toMs === startMs)
      stretches[stretches.length - 1] = { ...last, toMs: fromMs + (index + 1) * stepMs };
    else stretches.push({ part, fromMs: startMs, toMs: fromMs + (index + 1) * stepMs });
  }
  return stretches;
}

function partsAt(lanes: readonly OpenLane[], point: number, atMs: number, isDispatch: boolean): void {
  const taken = ({ busy }: OpenLane): number => busy[point] ?? 0;
  const billed = lanes.filter(
    ({ lane }) => lane.startedAtMs !== null && lane.startedAtMs <= atMs && atMs < (lane.endedAtMs ?? Number.POSITIVE_INFINITY),
  );
  const connected = billed.filter(({ lane }) => lane.helloAtMs !== null && lane.helloAtMs <= atMs);
  for (const { parts } of billed) parts[point] = 'startUp';
  const occupied = connected.reduce((sum, each) => sum + taken(each), 0);
  const capacity = connected.reduce((most, { lane }) => Math.max(most, lane.slots), 1);
  let fragmented = Math.max(0, connected.length - Math.ceil(occupied / capacity)) * capacity;
  for (const each of [...connected].sort((a, b) => taken(a) - taken(b))) {
    const { lane, parts } = each;
    const free = lane.slots - taken(each);
    if (lane.drainedAtMs !== null && lane.drainedAtMs <= atMs) parts[point] = 'closing';
    else if (isDispatch) parts[point] = 'dispatch';
    else if (occupied === 0) parts[point] = 'idle';
    else {
      const here = Math.min(free, fragmented);
      fragmented -= here;
      parts[point] = here * 2 > free ? 'fragmentation' : 'quantisation';
    }
  }
}

/** Points have one colour: of those with a share of dispatch so many are shown as it that the time is right in sum. */
function pointsOfDispatch(stretches: readonly DispatchStretch[], range: TimeRange, points: number): readonly boolean[] {
  let owed = 0;
  let next = 0;
  return Array.from({ length: points }, (_, point) => {
    const atMs = middleOf(point, range, points);
    while (next < stretches.length && (stretches[next]?.toMs ?? 0) <= atMs) next += 1;
    const stretch = stretches[next];
    if (stretch !== undefined && stretch.fromMs <= atMs) owed += stretch.share;
    const isShown = owed >= 0.5;
    if (isShown) owed -= 1;
    return isShown;
  });
}

function middleOf(point: number, { fromMs, toMs }: TimeRange, points: number): number {
  return fromMs + ((point + 0.5) * (toMs - fromMs)) / points;
}

/** How many slots of a lane execute something in the middle of each stretch. */
function busySlots(lane: TimelineLane, range: TimeRange, points: number): Uint16Array {
  const busy = new Uint16Array(points);
  const stepMs = (range.toMs - range.fromMs) / points;
  for (const { fromMs, toMs } of lane.segments) {
    const first = Math.max(0, Math.ceil((fromMs - range.fromMs) / stepMs - 0.5));
    const last = Math.min(points - 1, Math.ceil((toMs - range.fromMs) / stepMs - 0.5) - 1);
    for (let point = first; point <= last; point += 1) busy[point] = (busy[point] ?? 0) + 1;
  }
  return busy;
}
