import type { LedgerParts } from '@juqueue/client';
import { partMeanings, partOrder } from '../part-meanings.ts';
import type { Part } from '../part-meanings.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';

/** The parts of a bill as one horizontal bar. `share` is how much of the width it takes, 0 to 1: the longest bar takes all. */
export function partsBar(
  { partsSlotMs, billedSlotMs }: { readonly partsSlotMs: LedgerParts; readonly billedSlotMs: number },
  height: number,
  share = 1,
): Html {
  const width = 1_000;
  let x = 0;
  const rects = shown(partsSlotMs).map((part) => {
    const length = (partsSlotMs[part] / billedSlotMs) * width * share;
    const rect = html`<rect class="${part} gap" x="${x.toFixed(2)}" y="0" width="${length.toFixed(2)}" height="${height}"><title>${partMeanings[part].label}</title></rect>`;
    x += length;
    return rect;
  });
  const label = shown(partsSlotMs)
    .map((part) => `${partMeanings[part].label} ${percentOf(partsSlotMs[part], billedSlotMs)}`)
    .join(', ');
  return html`<svg viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" role="img" aria-label="${label}">${rects}</svg>`;
}

export function shown(parts: LedgerParts): readonly Part[] {
  return partOrder.filter((part) => parts[part] > 0);
}

export function percentOf(part: number, whole: number): string {
  if (whole === 0) return '–';
  const value = (100 * part) / whole;
  return `${value >= 99.95 || value < 0.05 ? value.toFixed(0) : value.toFixed(1)} %`;
}
