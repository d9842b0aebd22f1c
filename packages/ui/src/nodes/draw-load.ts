import type { Load, TimelineLane } from '@juqueue/client';
import type { DrawnScale, Palette } from './draw-timeline.ts';
import { utilisation } from './timeline-layout.ts';
import { xOf } from './time-scale.ts';

/** Values over a stretch of time; areas of one picture share their scale. */
interface Area {
  readonly colour: string;
  readonly points: readonly { readonly fromMs: number; readonly toMs: number; readonly value: number }[];
}

const textPx = 9;

/** Slots that executed something among slots that were paid for. `load` has all clusters and nodes; without it, what the lanes show. */
export function drawUtilisation(
  context: CanvasRenderingContext2D,
  lanes: readonly TimelineLane[],
  load: Load | null,
  scale: DrawnScale,
  heightPx: number,
  palette: Palette,
): void {
  const stretches =
    load === null
      ? ofLanes(lanes, scale)
      : load.points.map(({ fromMs, slots, busySlots }) => ({ fromMs, toMs: fromMs + load.bucketMs, paid: slots, busy: busySlots }));
  const most = drawAreas(
    context,
    [
      { colour: palette.free, points: stretches.map(({ paid, ...time }) => ({ ...time, value: paid })) },
      { colour: palette.useful, points: stretches.map(({ busy, ...time }) => ({ ...time, value: busy })) },
    ],
    scale,
    heightPx,
  );
  label(context, ['slots', `up to ${Math.round(most)}`], palette);
}

/** Runs that waited. */
export function drawQueue(context: CanvasRenderingContext2D, load: Load, scale: DrawnScale, heightPx: number, palette: Palette): void {
  const points = load.points.map(({ fromMs, ready }) => ({ fromMs, toMs: fromMs + load.bucketMs, value: ready }));
  const most = drawAreas(context, [{ colour: palette.ready, points }], scale, heightPx);
  label(context, ['waiting', `up to ${Math.round(most)}`], palette);
}

function ofLanes(
  lanes: readonly TimelineLane[],
  scale: DrawnScale,
): readonly { readonly fromMs: number; readonly toMs: number; readonly paid: number; readonly busy: number }[] {
  const count = Math.max(1, Math.min(400, Math.floor(scale.widthPx / 2)));
  const stepMs = (scale.toMs - scale.fromMs) / count;
  return utilisation(lanes, scale.fromMs, scale.toMs, count).map((values, index) => ({
    fromMs: scale.fromMs + index * stepMs,
    toMs: scale.fromMs + (index + 1) * stepMs,
    ...values,
  }));
}

/** Answers the highest value, which reaches the top. */
function drawAreas(context: CanvasRenderingContext2D, areas: readonly Area[], scale: DrawnScale, heightPx: number): number {
  const gutter = scale.gutterPx;
  context.clearRect(0, 0, gutter + scale.widthPx, heightPx);
  const highest = areas.reduce((most, { points }) => points.reduce((sum, { value }) => Math.max(sum, value), most), 0);
  const plotPx = heightPx - 4;
  for (const { colour, points } of areas) {
    context.fillStyle = colour;
    for (const { fromMs, toMs, value } of points) {
      // Whole pixels: neighbours that share one would show a seam.
      const x = Math.max(gutter, gutter + Math.round(xOf(scale, fromMs)));
      const end = Math.min(gutter + scale.widthPx, gutter + Math.round(xOf(scale, toMs)));
      const height = (value / Math.max(1, highest)) * plotPx;
      if (end > x) context.fillRect(x, heightPx - height, end - x, height);
    }
  }
  return highest;
}

function label(context: CanvasRenderingContext2D, lines: readonly string[], palette: Palette): void {
  context.fillStyle = palette.muted;
  context.font = '11.5px system-ui, sans-serif';
  context.textBaseline = 'middle';
  for (const [index, line] of lines.entries()) context.fillText(line, 0, textPx + 16 * index);
}
