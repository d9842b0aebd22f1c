import type { DispatchSample, DispatchStretch } from '../model/dispatch-time.ts';

/** Samples of a cluster nearer to each other than this are one; the newest of them counts. What it counts up is not lost. */
export const dispatchSampleEveryMs = 1_000;

type Range = { readonly fromMs: number; readonly toMs: number; readonly bucketMs: number };

/**
 * The shares of each bucket, equal neighbours as one stretch. The samples are those of one cluster in their order, with the
 * newest one before the time that is asked for; the last one holds until the end.
 */
export function dispatchStretches(samples: Iterable<DispatchSample>, { fromMs, toMs, bucketMs }: Range): readonly DispatchStretch[] {
  const times = new Float64Array(Math.max(0, Math.ceil((toMs - fromMs) / bucketMs)));
  const add = (sinceMs: number, untilMs: number): void => {
    for (let atMs = Math.max(sinceMs, fromMs); atMs < Math.min(untilMs, toMs);) {
      const index = Math.floor((atMs - fromMs) / bucketMs);
      const endMs = Math.min(untilMs, toMs, fromMs + (index + 1) * bucketMs);
      times[index] = (times[index] ?? 0) + endMs - atMs;
      atMs = endMs;
    }
  };
  let last: DispatchSample | null = null;
  for (const sample of samples) {
    if (last !== null) {
      const passedMs = sample.dispatchMs - last.dispatchMs;
      if (last.isDispatch) add(last.atMs, last.atMs + passedMs);
      else add(sample.atMs - passedMs, sample.atMs);
    }
    last = sample;
  }
  if (last?.isDispatch === true) add(last.atMs, toMs);
  return last === null ? [] : joined(last.cluster, times, { fromMs, toMs, bucketMs });
}

function joined(cluster: string, times: Float64Array, { fromMs, toMs, bucketMs }: Range): readonly DispatchStretch[] {
  const stretches: DispatchStretch[] = [];
  for (const [index, timeMs] of times.entries()) {
    const sinceMs = fromMs + index * bucketMs;
    const untilMs = Math.min(toMs, sinceMs + bucketMs);
    const share = Number((timeMs / (untilMs - sinceMs)).toFixed(3));
    if (share === 0) continue;
    const before = stretches.at(-1);
    if (before !== undefined && before.toMs === sinceMs && before.share === share)
      stretches[stretches.length - 1] = { ...before, toMs: untilMs };
    else stretches.push({ cluster, fromMs: sinceMs, toMs: untilMs, share });
  }
  return stretches;
}
