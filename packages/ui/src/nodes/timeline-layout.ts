import type { TimelineLane } from '@juqueue/client';

/** Where a lane is drawn: a row for each of its slots, or one for the node where there are too many. */
export interface PlacedLane {
  readonly lane: TimelineLane;
  readonly topPx: number;
  readonly slotPx: number;
  readonly heightPx: number;
}

export interface TimelineLayout {
  readonly lanes: readonly PlacedLane[];
  readonly heightPx: number;
}

export const axisPx = 24;

/** Few nodes are drawn large; a thousand slots still fit onto two screens. */
export function layOut(lanes: readonly TimelineLane[]): TimelineLayout {
  const slotRows = lanes.reduce((sum, { slots }) => sum + slots, 0);
  const slotPx = slotRows <= 24 ? 14 : slotRows <= 64 ? 10 : slotRows <= 300 ? 5 : 2;
  const gapPx = slotPx >= 10 ? 8 : slotPx >= 5 ? 4 : 2;
  let topPx = axisPx + 4;
  const placed = lanes.map((lane) => {
    const heightPx = lane.slots * slotPx;
    const at = { lane, topPx, slotPx, heightPx };
    topPx += heightPx + gapPx;
    return at;
  });
  return { lanes: placed, heightPx: topPx + 4 };
}

/** The lane and slot at that height; null between lanes. */
export function laneAt(layout: TimelineLayout, y: number): { readonly lane: TimelineLane; readonly slot: number } | null {
  const found = layout.lanes.find(({ topPx, heightPx }) => y >= topPx && y < topPx + heightPx);
  return found === undefined ? null : { lane: found.lane, slot: Math.floor((y - found.topPx) / found.slotPx) };
}

/** What each moment had: slots paid for and slots that executed something, as means over `points` stretches. */
export function utilisation(
  lanes: readonly TimelineLane[],
  fromMs: number,
  toMs: number,
  points: number,
): readonly { readonly paid: number; readonly busy: number }[] {
  const stepMs = (toMs - fromMs) / points;
  const paid = new Float64Array(points);
  const busy = new Float64Array(points);
  const add = (target: Float64Array, beginMs: number, endMs: number, weight: number): void => {
    const first = Math.max(0, Math.floor((beginMs - fromMs) / stepMs));
    const last = Math.min(points - 1, Math.ceil((endMs - fromMs) / stepMs) - 1);
    for (let index = first; index <= last; index += 1) {
      const overlap = Math.min(endMs, fromMs + (index + 1) * stepMs) - Math.max(beginMs, fromMs + index * stepMs);
      target[index] = (target[index] ?? 0) + (weight * Math.max(0, overlap)) / stepMs;
    }
  };
  for (const lane of lanes) {
    add(paid, lane.startedAtMs ?? fromMs, lane.endedAtMs ?? toMs, lane.slots);
    for (const segment of lane.segments) add(busy, segment.fromMs, segment.toMs, 1);
  }
  return Array.from({ length: points }, (_, index) => ({ paid: paid[index] ?? 0, busy: busy[index] ?? 0 }));
}
