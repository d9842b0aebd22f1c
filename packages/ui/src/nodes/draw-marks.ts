import type { NodeMark } from '@juqueue/client';
import type { DrawnScale, Palette } from './draw-timeline.ts';
import type { PlacedLane } from './timeline-layout.ts';
import { xOf } from './time-scale.ts';

/** Flags where consolidation moved runs away, a bar where the node stopped taking runs, a corner where it was given back. */
export function drawMarks(context: CanvasRenderingContext2D, placed: PlacedLane, scale: DrawnScale, palette: Palette): void {
  const { lane, topPx, slotPx, heightPx } = placed;
  context.fillStyle = palette.accent;
  const at = (ms: number): number => scale.gutterPx + xOf(scale, ms);
  for (const mark of lane.marks) {
    if (mark.kind === 'drained') context.fillRect(at(mark.atMs) - 1, topPx - 3, 2, heightPx + 3);
    if (mark.kind === 'moved-away') drawFlag(context, at(mark.atMs), topPx + slotOf(placed, mark) * slotPx, slotPx);
  }
  const wasGivenBack = lane.marks.some(({ kind }) => kind === 'release-requested' || kind === 'cancel-requested');
  if (lane.endedAtMs !== null && wasGivenBack) {
    context.fillRect(at(lane.endedAtMs) - 2, topPx - 2, 2, heightPx + 2);
    context.fillRect(at(lane.endedAtMs) - 9, topPx + heightPx - 2, 9, 2);
  }
}

function drawFlag(context: CanvasRenderingContext2D, x: number, y: number, slotPx: number): void {
  context.fillRect(x - 1, y - 4, 2, slotPx + 4);
  context.beginPath();
  context.moveTo(x, y - 5);
  context.lineTo(x + 9, y - 1);
  context.lineTo(x, y + 3);
  context.fill();
}

/** The slot that the run had when it was asked to go; the first one where segments were too narrow to be told apart. */
function slotOf({ lane }: PlacedLane, { run, atMs }: NodeMark): number {
  return lane.segments.find((segment) => segment.run === run && segment.fromMs <= atMs && segment.toMs >= atMs)?.slot ?? 0;
}
