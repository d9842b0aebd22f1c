import { html } from './html.ts';
import type { Html } from './html.ts';

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** Distances between marks that people read easily. */
const distancesMs = [
  secondMs,
  5 * secondMs,
  15 * secondMs,
  30 * secondMs,
  minuteMs,
  2 * minuteMs,
  5 * minuteMs,
  15 * minuteMs,
  30 * minuteMs,
  hourMs,
  2 * hourMs,
  3 * hourMs,
  6 * hourMs,
  12 * hourMs,
  dayMs,
  2 * dayMs,
  7 * dayMs,
  14 * dayMs,
  28 * dayMs,
  91 * dayMs,
  364 * dayMs,
];
const marksMax = 10;

/** A span of time drawn over a width. */
export interface TimeScale {
  readonly fromMs: number;
  readonly toMs: number;
  readonly width: number;
}

export function xOf({ fromMs, toMs, width }: TimeScale, ms: number): number {
  return ((Math.min(toMs, Math.max(fromMs, ms)) - fromMs) / Math.max(1, toMs - fromMs)) * width;
}

/** Marks in UTC with their lines from `top` down to `bottom`, and the labels above. */
export function timeAxis(scale: TimeScale, top: number, bottom: number): readonly Html[] {
  const spanMs = scale.toMs - scale.fromMs;
  const distanceMs = distancesMs.find((candidate) => spanMs / candidate <= marksMax) ?? distancesMs.at(-1) ?? dayMs;
  const marks: Html[] = [];
  for (let ms = Math.ceil(scale.fromMs / distanceMs) * distanceMs; ms <= scale.toMs; ms += distanceMs) {
    const x = xOf(scale, ms).toFixed(1);
    marks.push(
      html`<line class="grid" x1="${x}" x2="${x}" y1="${top}" y2="${bottom}"/><text x="${x}" y="${top - 5}" text-anchor="${anchor(Number(x), scale.width)}">${label(ms, distanceMs)}</text>`,
    );
  }
  return marks;
}

/** Labels at the edges stay inside. */
function anchor(x: number, width: number): string {
  return x < 30 ? 'start' : x > width - 30 ? 'end' : 'middle';
}

function label(ms: number, distanceMs: number): string {
  const text = new Date(ms).toISOString();
  if (distanceMs >= dayMs || ms % dayMs === 0) return text.slice(5, 10);
  return distanceMs < minuteMs ? text.slice(11, 19) : text.slice(11, 16);
}
