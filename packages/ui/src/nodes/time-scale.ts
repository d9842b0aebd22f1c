/** A stretch of time on a stretch of pixels. */
export interface TimeScale {
  readonly fromMs: number;
  readonly toMs: number;
  readonly widthPx: number;
}

export function xOf({ fromMs, toMs, widthPx }: TimeScale, ms: number): number {
  return ((ms - fromMs) / (toMs - fromMs)) * widthPx;
}

export function timeAt({ fromMs, toMs, widthPx }: TimeScale, x: number): number {
  return fromMs + (x / widthPx) * (toMs - fromMs);
}

const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800].map(
  (seconds) => seconds * 1_000,
);
/** Labels are this far apart at least. */
const labelGapPx = 90;

/** Round instants in the time of this browser for the axis. */
export function ticksOf({ fromMs, toMs, widthPx }: TimeScale): readonly number[] {
  const least = ((toMs - fromMs) * labelGapPx) / Math.max(1, widthPx);
  const step = steps.find((each) => each >= least) ?? 2_592_000_000;
  const offsetMs = new Date(fromMs).getTimezoneOffset() * 60_000;
  const first = Math.ceil((fromMs - offsetMs) / step) * step + offsetMs;
  return Array.from({ length: Math.max(0, Math.floor((toMs - first) / step) + 1) }, (_, index) => first + index * step);
}

/** The range `factor` times as long around `centerMs`, not shorter than ten seconds. */
export function zoomed(
  range: { readonly fromMs: number; readonly toMs: number },
  factor: number,
  centerMs: number,
): { readonly fromMs: number; readonly toMs: number } {
  const length = Math.max(10_000, (range.toMs - range.fromMs) * factor);
  const share = (centerMs - range.fromMs) / (range.toMs - range.fromMs);
  const fromMs = Math.round(centerMs - share * length);
  return { fromMs, toMs: Math.round(fromMs + length) };
}
