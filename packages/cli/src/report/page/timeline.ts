import { nodeTime } from '../../output/node-time.ts';
import { html, noHtml } from './html.ts';
import type { Html } from './html.ts';
import { meanShares, rowsOf } from './timeline-lanes.ts';
import type { Lane } from './timeline-lanes.ts';
import { percentOf } from './parts-bar.ts';
import { timeAxis, xOf } from './time-axis.ts';
import type { TimeScale } from './time-axis.ts';

const width = 1_000;
const axisHeight = 20;
const labelHeight = 18;
/** More rows than this are drawn thinner, so that a thousand nodes still are one picture. */
const tallRows = 40;
/** What a page can draw and people can look at; the newest are kept. */
const lanesMax = 3_000;

/** All nodes of all clusters over time: paid, starting up, and how many of its slots were taken. */
export function timeline(lanes: readonly Lane[]): Html {
  if (lanes.length === 0) return noHtml;
  const drawn = lanes.slice(-lanesMax);
  const scale: TimeScale = {
    fromMs: Math.min(...drawn.map(({ fromMs }) => fromMs)),
    toMs: Math.max(...drawn.map(({ toMs }) => toMs)),
    width,
  };
  const clusters = [...new Set(drawn.map(({ allocation }) => allocation.cluster))].sort();
  const groups = clusters.map((cluster) => ({ cluster, rows: rowsOf(drawn.filter(({ allocation }) => allocation.cluster === cluster)) }));
  const rowCount = groups.reduce((sum, { rows }) => sum + rows.length, 0);
  const [rowHeight, gap] = rowCount <= tallRows ? [14, 4] : rowCount <= 4 * tallRows ? [7, 2] : [3, 1];

  let y = axisHeight;
  const bodies = groups.map(({ cluster, rows }) => {
    const heading = html`<text x="0" y="${y + 13}">${cluster}: ${rows.length === 1 ? 'one node at a time' : `up to ${rows.length} nodes at a time`}</text>`;
    y += labelHeight;
    const drawnRows = rows.map((row) => {
      const body = row.map((lane) => drawLane(lane, scale, y, rowHeight));
      y += rowHeight + gap;
      return html`${body}`;
    });
    y += gap;
    return html`${heading}${drawnRows}`;
  });
  const missing = lanes.length - drawn.length;
  return html`
<div class="panel"><svg viewBox="0 0 ${width} ${y}" role="img" aria-label="Nodes over time; the tables below have the same figures">${timeAxis(scale, axisHeight, y)}${bodies}</svg>
<ul class="legend plain"><li><i class="start"></i>starting up</li><li><i class="work"></i>slots taken by runs</li><li><i class="paid"></i>slots paid for and free</li></ul></div>
${missing > 0 ? html`<p class="soft">The newest ${lanesMax} of ${lanes.length} allocations are drawn.</p>` : noHtml}`;
}

function drawLane({ allocation, fromMs, toMs, helloAtMs, steps }: Lane, scale: TimeScale, top: number, height: number): Html {
  const [left, right] = [xOf(scale, fromMs), xOf(scale, toMs)];
  const length = Math.max(1, right - left);
  const servesFrom = Math.min(right, xOf(scale, helloAtMs ?? toMs));
  const title = `${allocation.id}${allocation.host === null ? '' : ` on ${allocation.host}`}: ${nodeTime(allocation.billedNodeSeconds)}, ${percentOf(allocation.partsSlotMs.useful + allocation.partsSlotMs.open, allocation.billedSlotMs)} taken by runs that count`;
  return html`<g><title>${title}</title><rect class="paid" x="${left.toFixed(1)}" y="${top}" width="${length.toFixed(1)}" height="${height}" rx="1"/><rect class="start" x="${left.toFixed(1)}" y="${top}" width="${Math.max(0, servesFrom - left).toFixed(1)}" height="${height}"/>${workPath(steps, allocation.slots, fromMs, toMs, left, length, top + height, height)}</g>`;
}

/** The taken share as steps from the bottom up, one for each unit of width at most. */
function workPath(
  steps: Lane['steps'],
  slots: number,
  fromMs: number,
  toMs: number,
  left: number,
  length: number,
  bottom: number,
  height: number,
): Html {
  const count = Math.max(1, Math.floor(length));
  if (steps.length === 0 || toMs <= fromMs) return noHtml;
  const heights = meanShares(steps, slots, fromMs, toMs, count).map((share) => Math.round(share * height * 10) / 10);
  let path = `M${left.toFixed(1)} ${bottom}`;
  for (const [i, high] of heights.entries()) {
    if (high === heights[i - 1]) continue;
    path += `H${(left + (i / count) * length).toFixed(1)}V${(bottom - high).toFixed(1)}`;
  }
  return html`<path class="work" d="${`${path}H${(left + length).toFixed(1)}V${bottom}Z`}"/>`;
}
