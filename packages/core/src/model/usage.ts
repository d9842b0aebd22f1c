/** What the whole process tree of an attempt used, by samples. Means are over its life, maxima over samples. */
export interface Usage {
  readonly samples: number;
  readonly cpuMs: number;
  readonly meanCores: number;
  readonly maxCores: number;
  readonly meanRssBytes: number;
  readonly maxRssBytes: number;
  readonly readBytes: number;
  readonly writtenBytes: number;
  /** Of the devices that it had; null when it had none, or nothing could be read. */
  readonly gpu: { readonly meanPercent: number; readonly maxPercent: number; readonly maxMemoryBytes: number } | null;
}

/** One point of the coarse curve of an attempt, which is kept in its folder. */
export interface UsagePoint {
  /** Since the attempt's start. */
  readonly afterMs: number;
  readonly cores: number;
  readonly rssBytes: number;
  readonly gpuPercent: number | null;
}
