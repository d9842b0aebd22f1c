import type { TimelineLane } from '@juqueue/client';
import { localClock } from '../format/instant.ts';
import { drawMarks } from './draw-marks.ts';
import { axisPx } from './timeline-layout.ts';
import type { FreeStretch } from './free-parts.ts';
import type { PlacedLane, TimelineLayout } from './timeline-layout.ts';
import { ticksOf, xOf } from './time-scale.ts';
import type { TimeScale } from './time-scale.ts';

/** The time right of the names of the lanes. */
export interface DrawnScale extends TimeScale {
  readonly gutterPx: number;
}

/** Colours of the theme, resolved: a canvas knows no custom properties. */
export interface Palette {
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly free: string;
  readonly startUp: string;
  readonly dispatch: string;
  readonly closing: string;
  readonly idle: string;
  readonly quantisation: string;
  readonly fragmentation: string;
  readonly ready: string;
  readonly useful: string;
  readonly open: string;
  readonly redone: string;
  readonly failed: string;
  readonly stripe: string;
  readonly accent: string;
}

/** Names of lanes stand left of this. */
export function gutterOf(widthPx: number): number {
  return widthPx < 560 ? 74 : 132;
}

/** Draws the axis and the lanes. One filled rectangle for each segment; the server has joined what is narrower than a pixel. */
export function drawTimeline(
  context: CanvasRenderingContext2D,
  layout: TimelineLayout,
  free: ReadonlyMap<string, readonly FreeStretch[]>,
  scale: DrawnScale,
  palette: Palette,
): void {
  const gutter = scale.gutterPx;
  const stripes = stripesOf(context, palette);
  context.clearRect(0, 0, gutter + scale.widthPx, layout.heightPx);
  context.textBaseline = 'middle';
  drawAxis(context, layout, scale, gutter, palette);
  for (const { lane, topPx, slotPx, heightPx } of layout.lanes) {
    if (heightPx >= 10) {
      context.fillStyle = palette.text;
      context.font = '12px system-ui, sans-serif';
      context.fillText(labelOf(context, lane, gutter - 10), 0, topPx + heightPx / 2);
    }
    context.save();
    context.beginPath();
    context.rect(gutter, 0, scale.widthPx, layout.heightPx);
    context.clip();
    drawFree(context, { lane, topPx, slotPx, heightPx }, free.get(lane.id) ?? [], scale, palette);
    drawSegments(context, lane, topPx, slotPx, scale, gutter, palette, stripes);
    drawMarks(context, { lane, topPx, slotPx, heightPx }, scale, palette);
    context.restore();
  }
}

/** What the slots are where nothing executes, slot by slot. */
function drawFree(
  context: CanvasRenderingContext2D,
  { lane, topPx, slotPx }: PlacedLane,
  stretches: readonly FreeStretch[],
  scale: DrawnScale,
  palette: Palette,
): void {
  const inset = slotPx >= 5 ? 1 : 0;
  for (const { fromMs, toMs, part } of stretches) {
    // Whole pixels: neighbours that share one would show a seam.
    const x = Math.round(scale.gutterPx + xOf(scale, fromMs));
    const width = Math.max(1, Math.round(scale.gutterPx + xOf(scale, toMs)) - x);
    context.fillStyle = palette[part];
    for (let slot = 0; slot < lane.slots; slot += 1) context.fillRect(x, topPx + slot * slotPx, width, slotPx - inset);
  }
}

function drawSegments(
  context: CanvasRenderingContext2D,
  lane: TimelineLane,
  topPx: number,
  slotPx: number,
  scale: DrawnScale,
  gutter: number,
  palette: Palette,
  stripes: CanvasPattern | null,
): void {
  const inset = slotPx >= 5 ? 1 : 0;
  for (const { slot, fromMs, toMs, use, run } of lane.segments) {
    const x = gutter + xOf(scale, fromMs);
    const width = Math.max(1, xOf(scale, toMs) - xOf(scale, fromMs) - (slotPx >= 5 ? 0.5 : 0));
    const y = topPx + slot * slotPx;
    context.fillStyle = palette[use];
    context.fillRect(x, y, width, slotPx - inset);
    // What was lost is striped: it is told apart without its colour.
    if ((use === 'redone' || use === 'failed') && stripes !== null && slotPx >= 5) {
      context.fillStyle = stripes;
      context.fillRect(x, y, width, slotPx - inset);
    }
    if (run !== null && slotPx >= 14 && width > 60) {
      context.fillStyle = use === 'open' ? palette.text : '#fff';
      context.font = '10.5px system-ui, sans-serif';
      context.fillText(shortened(context, run.slice(run.indexOf('@') + 1), width - 8), x + 4, y + slotPx / 2);
    }
  }
}

function drawAxis(context: CanvasRenderingContext2D, layout: TimelineLayout, scale: DrawnScale, gutter: number, palette: Palette): void {
  const isLong = scale.toMs - scale.fromMs > 86_400_000;
  context.font = '11.5px system-ui, sans-serif';
  for (const tick of ticksOf(scale)) {
    const x = gutter + xOf(scale, tick);
    context.fillStyle = palette.line;
    context.fillRect(x, axisPx - 6, 1, layout.heightPx);
    context.fillStyle = palette.muted;
    const date = new Date(tick);
    context.fillText(
      isLong
        ? `${date.getMonth() + 1}/${date.getDate()} ${localClock(tick).slice(0, 5)}`
        : localClock(tick).slice(0, scale.toMs - scale.fromMs < 600_000 ? 8 : 5),
      x + 4,
      9,
    );
  }
}

/** With its host where there is room; else the end of its name, which tells nodes apart. */
function labelOf(context: CanvasRenderingContext2D, { id, host }: TimelineLane, widthPx: number): string {
  const whole = host === null ? id : `${id} ${host}`;
  if (context.measureText(whole).width <= widthPx) return whole;
  let from = 0;
  while (from < id.length - 1 && context.measureText(from === 0 ? id : `…${id.slice(from)}`).width > widthPx) from += 1;
  return from === 0 ? id : `…${id.slice(from)}`;
}

function shortened(context: CanvasRenderingContext2D, text: string, widthPx: number): string {
  if (context.measureText(text).width <= widthPx) return text;
  let length = text.length;
  while (length > 1 && context.measureText(`${text.slice(0, length)}…`).width > widthPx) length -= 1;
  return `${text.slice(0, length)}…`;
}

function stripesOf(context: CanvasRenderingContext2D, palette: Palette): CanvasPattern | null {
  const tile = new OffscreenCanvas(6, 6);
  const pen = tile.getContext('2d');
  if (pen === null) return null;
  pen.strokeStyle = palette.stripe;
  pen.lineWidth = 1.5;
  pen.beginPath();
  pen.moveTo(-1, 7);
  pen.lineTo(7, -1);
  pen.stroke();
  return context.createPattern(tile, 'repeat');
}
