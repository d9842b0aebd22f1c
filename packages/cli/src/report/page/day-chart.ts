import type { Accounting } from '@juqueue/client';
import { nodeTime } from '../../output/node-time.ts';
import { partMeanings } from '../part-meanings.ts';
import { html, noHtml } from './html.ts';
import type { Html } from './html.ts';
import { shown } from './parts-bar.ts';

const width = 1_000;
const height = 180;
const axisHeight = 18;
/** A column for each day of a quarter still has a few units of width. */
const daysMax = 92;
const dayMs = 86_400_000;

type Day = Accounting['days'][number];

/** What was billed each day as stacked columns, days without a bill included; nothing for a single day, which the bar shows. */
export function dayChart(days: readonly Day[]): Html {
  if (days.length < 2) return noHtml;
  const columns = everyDay(days).slice(-daysMax);
  const highest = Math.max(...columns.map(({ bill }) => bill?.billedNodeSeconds ?? 0));
  const step = width / columns.length;
  const drawn = columns.map(({ day, bill }, i) => (bill === null ? noHtml : column(day, bill, i * step, step, highest)));
  const every = Math.ceil(columns.length / 12);
  const labels = columns.map(({ day }, i) =>
    i % every === 0
      ? html`<text x="${((i + 0.5) * step).toFixed(1)}" y="${height + axisHeight - 4}" text-anchor="middle">${day.slice(5)}</text>`
      : noHtml,
  );
  return html`<h2>By day</h2><p class="soft">Days in UTC; the highest column is ${nodeTime(highest)}.</p>
<div class="panel"><svg viewBox="0 0 ${width} ${height + axisHeight}" role="img" aria-label="What was billed each day; the table of days has the figures"><line class="grid" x1="0" x2="${width}" y1="${height}" y2="${height}"/>${drawn}${labels}</svg></div>`;
}

function column(day: string, bill: Day, x: number, step: number, highest: number): Html {
  let y = height;
  const total = (bill.billedNodeSeconds / highest) * height;
  const rects = shown(bill.partsSlotMs).map((part) => {
    const tall = (bill.partsSlotMs[part] / bill.billedSlotMs) * total;
    y -= tall;
    return html`<rect class="${part}" x="${(x + step * 0.12).toFixed(1)}" y="${y.toFixed(1)}" width="${(step * 0.76).toFixed(1)}" height="${tall.toFixed(1)}"><title>${day}: ${partMeanings[part].label} ${nodeTime((bill.billedNodeSeconds * bill.partsSlotMs[part]) / bill.billedSlotMs)}</title></rect>`;
  });
  return html`${rects}`;
}

function everyDay(days: readonly Day[]): readonly { readonly day: string; readonly bill: Day | null }[] {
  const bills = new Map(days.map((day) => [day.day, day]));
  const [first, last] = [Date.parse(days[0]?.day ?? ''), Date.parse(days.at(-1)?.day ?? '')];
  return Array.from({ length: Math.round((last - first) / dayMs) + 1 }, (_, i) => {
    const day = new Date(first + i * dayMs).toISOString().slice(0, 10);
    return { day, bill: bills.get(day) ?? null };
  });
}
