import type { Load, TimelineLane } from '@juqueue/client';
import type { FreeLane, FreePart, TimeRange } from './free-parts.ts';

/** The stretch of time in which the most that was paid for was free. */
export interface MostFree extends TimeRange {
  readonly nodeSeconds: number;
  /** What most of it was. */
  readonly part: FreePart;
  /** Experiments whose runs executed meanwhile. */
  readonly experiments: readonly string[];
  /** Whether runs waited in it, for whatever reason; null where nobody knows. */
  readonly hasWaiting: boolean | null;
}

/** A stretch goes on while at least this share of the slots that serve is free: one free slot of sixteen is no event. */
const leastFreeShare = 0.25;

/** Where does the cost of free slots come from? Null when no quarter of the slots was ever free. */
export function mostFree(
  lanes: readonly TimelineLane[],
  free: ReadonlyMap<string, FreeLane>,
  load: Load | null,
  range: TimeRange,
  points: number,
): MostFree | null {
  const stepMs = (range.toMs - range.fromMs) / points;
  let best: Stretch | null = null;
  let present: Stretch | null = null;
  for (let point = 0; point < points; point += 1) {
    const at = freeAt(lanes, free, point);
    if (at.share < leastFreeShare || at.nodes.size === 0) {
      present = null;
      continue;
    }
    present ??= { first: point, last: point, nodes: new Map() };
    present.last = point;
    for (const [part, nodes] of at.nodes) present.nodes.set(part, (present.nodes.get(part) ?? 0) + nodes);
    if (best === null || sumOf(present) > sumOf(best)) best = present;
  }
  if (best === null) return null;
  const [part] = [...best.nodes].reduce((most, each) => (each[1] > most[1] ? each : most));
  const stretch = { fromMs: Math.round(range.fromMs + best.first * stepMs), toMs: Math.round(range.fromMs + (best.last + 1) * stepMs) };
  return {
    ...stretch,
    nodeSeconds: (sumOf(best) * stepMs) / 1_000,
    part,
    experiments: experimentsIn(lanes, stretch),
    hasWaiting: hasWaiting(load, stretch),
  };
}

/** `nodes`: whole nodes that were free, by what they were. */
type Stretch = { readonly first: number; last: number; readonly nodes: Map<FreePart, number> };

function sumOf({ nodes }: Stretch): number {
  return [...nodes.values()].reduce((sum, each) => sum + each, 0);
}

function freeAt(
  lanes: readonly TimelineLane[],
  free: ReadonlyMap<string, FreeLane>,
  point: number,
): { readonly share: number; readonly nodes: ReadonlyMap<FreePart, number> } {
  const nodes = new Map<FreePart, number>();
  let serving = 0;
  let freeSlots = 0;
  for (const { id, slots } of lanes) {
    const lane = free.get(id);
    const part = lane?.parts[point] ?? null;
    if (lane === undefined || part === null || part === 'startUp') continue;
    const freeHere = Math.max(0, slots - (lane.busy[point] ?? 0));
    serving += slots;
    freeSlots += freeHere;
    if (freeHere > 0) nodes.set(part, (nodes.get(part) ?? 0) + freeHere / slots);
  }
  return { share: serving === 0 ? 0 : freeSlots / serving, nodes };
}

function experimentsIn(lanes: readonly TimelineLane[], { fromMs, toMs }: TimeRange): readonly string[] {
  const names = new Set<string>();
  for (const { segments } of lanes)
    for (const { run, fromMs: from, toMs: to } of segments)
      if (run !== null && from < toMs && to > fromMs) names.add(run.slice(0, run.indexOf('@')));
  return [...names].sort();
}

/** A run that waits for a moment, because another has just ended, is none. */
function hasWaiting(load: Load | null, { fromMs, toMs }: TimeRange): boolean | null {
  const within = load?.points.filter((point) => point.fromMs < toMs && point.fromMs + load.bucketMs > fromMs) ?? [];
  return within.length === 0 ? null : within.reduce((sum, { ready }) => sum + ready, 0) / within.length >= 0.5;
}

const causes: Readonly<Record<FreePart, string>> = {
  startUp: 'nodes started',
  dispatch: 'runs waited that would have fit',
  closing: 'nodes took no new runs',
  idle: 'no run was on any node',
  quantisation: 'the last node was only partly filled',
  fragmentation: 'few runs were spread over several nodes',
};

/** Why it was free, in a few words. */
export function causeOf({ part, experiments, hasWaiting: isWaiting }: MostFree): string {
  if (part === 'idle' || isWaiting !== false || experiments.length === 0 || experiments.length > 2) return causes[part];
  return `the tail of ${experiments.join(' and ')}: ${causes[part]}`;
}
