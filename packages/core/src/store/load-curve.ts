import type { LoadPoint, LoadQuestion, LoadSample } from '../model/load.ts';

/** Samples nearer to each other than this are one; the newest of them counts. */
export const sampleEveryMs = 10_000;

const nothing = { ready: 0, running: 0, busySlots: 0, slots: 0 };

/**
 * Means over each bucket. A sample holds until the next one; before the first nothing was there. The samples come in their
 * order, with the newest one before the time that is asked for.
 */
export function loadCurve(samples: Iterable<LoadSample>, { fromMs, toMs, bucketMs }: LoadQuestion): readonly LoadPoint[] {
  const count = Math.max(0, Math.ceil((toMs - fromMs) / bucketMs));
  const sums = Array.from({ length: count }, () => ({ ...nothing }));
  const spread = (load: typeof nothing, sinceMs: number, untilMs: number): void => {
    for (let atMs = Math.max(sinceMs, fromMs); atMs < Math.min(untilMs, toMs);) {
      const index = Math.floor((atMs - fromMs) / bucketMs);
      const endMs = Math.min(untilMs, toMs, fromMs + (index + 1) * bucketMs);
      const sum = sums[index];
      if (sum !== undefined) for (const key of keys) sum[key] += load[key] * (endMs - atMs);
      atMs = endMs;
    }
  };
  let last: LoadSample = { ...nothing, atMs: fromMs };
  for (const sample of samples) {
    spread(last, last.atMs, sample.atMs);
    last = sample;
  }
  spread(last, last.atMs, toMs);
  return sums.map((sum, index) => {
    const sinceMs = fromMs + index * bucketMs;
    const mean = (total: number): number => Number((total / (Math.min(toMs, sinceMs + bucketMs) - sinceMs)).toFixed(2));
    return { fromMs: sinceMs, ready: mean(sum.ready), running: mean(sum.running), busySlots: mean(sum.busySlots), slots: mean(sum.slots) };
  });
}

const keys = ['ready', 'running', 'busySlots', 'slots'] as const;
