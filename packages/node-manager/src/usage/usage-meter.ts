import type { Usage, UsagePoint } from '@juqueue/core';

/** What a look at the processes of an attempt found. Counters rise over its life; those of ended processes are in their parents'. */
export interface UsageSample {
  readonly atMs: number;
  readonly cpuMs: number;
  readonly rssBytes: number;
  readonly readBytes: number;
  readonly writtenBytes: number;
  readonly gpu: { readonly percent: number; readonly memoryBytes: number } | null;
}

/** Enough to draw; when there are more, neighbours become one. */
const mostPoints = 64;

/** Makes of the samples of one attempt what is kept of them. */
export class UsageMeter {
  readonly #startedAtMs: number;
  #samples = 0;
  #last: Pick<UsageSample, 'atMs' | 'cpuMs' | 'readBytes' | 'writtenBytes'>;
  #maxCores = 0;
  #rssTime = 0;
  #maxRssBytes = 0;
  #gpu: { samples: number; sum: number; maxPercent: number; maxMemoryBytes: number } | null = null;
  #points: UsagePoint[] = [];
  /** How many samples a point stands for. */
  #stride = 1;
  #open: UsagePoint[] = [];

  constructor(startedAtMs: number) {
    this.#startedAtMs = startedAtMs;
    this.#last = { atMs: startedAtMs, cpuMs: 0, readBytes: 0, writtenBytes: 0 };
  }

  add(sample: UsageSample): void {
    const tookMs = sample.atMs - this.#last.atMs;
    if (tookMs <= 0) return;
    // A process that left the tree takes its counters along; what was counted once stays.
    const cpuMs = Math.max(sample.cpuMs, this.#last.cpuMs);
    const cores = (cpuMs - this.#last.cpuMs) / tookMs;
    this.#samples += 1;
    this.#maxCores = Math.max(this.#maxCores, cores);
    this.#rssTime += sample.rssBytes * tookMs;
    this.#maxRssBytes = Math.max(this.#maxRssBytes, sample.rssBytes);
    if (sample.gpu !== null) {
      const { samples, sum, maxPercent, maxMemoryBytes } = this.#gpu ?? { samples: 0, sum: 0, maxPercent: 0, maxMemoryBytes: 0 };
      this.#gpu = {
        samples: samples + 1,
        sum: sum + sample.gpu.percent,
        maxPercent: Math.max(maxPercent, sample.gpu.percent),
        maxMemoryBytes: Math.max(maxMemoryBytes, sample.gpu.memoryBytes),
      };
    }
    this.#last = {
      atMs: sample.atMs,
      cpuMs,
      readBytes: Math.max(sample.readBytes, this.#last.readBytes),
      writtenBytes: Math.max(sample.writtenBytes, this.#last.writtenBytes),
    };
    this.#draw({
      afterMs: sample.atMs - this.#startedAtMs,
      cores: rounded(cores),
      rssBytes: sample.rssBytes,
      gpuPercent: sample.gpu?.percent ?? null,
    });
  }

  /** Null before the first sample. */
  get usage(): Usage | null {
    if (this.#samples === 0) return null;
    const lifeMs = this.#last.atMs - this.#startedAtMs;
    const { cpuMs, readBytes, writtenBytes } = this.#last;
    return {
      samples: this.#samples,
      cpuMs,
      meanCores: rounded(cpuMs / lifeMs),
      maxCores: rounded(this.#maxCores),
      meanRssBytes: Math.round(this.#rssTime / lifeMs),
      maxRssBytes: this.#maxRssBytes,
      readBytes,
      writtenBytes,
      gpu:
        this.#gpu === null
          ? null
          : {
              meanPercent: Math.round(this.#gpu.sum / this.#gpu.samples),
              maxPercent: this.#gpu.maxPercent,
              maxMemoryBytes: this.#gpu.maxMemoryBytes,
            },
    };
  }

  get curve(): readonly UsagePoint[] {
    return this.#open.length === 0 ? this.#points : [...this.#points, merged(this.#open)];
  }

  #draw(point: UsagePoint): void {
    this.#open.push(point);
    if (this.#open.length < this.#stride) return;
    this.#points.push(merged(this.#open));
    this.#open = [];
    if (this.#points.length < mostPoints) return;
    this.#points = Array.from({ length: mostPoints / 2 }, (_, index) => merged(this.#points.slice(2 * index, 2 * index + 2)));
    this.#stride *= 2;
  }
}

/** The end of the last, the mean of rates, the most memory. */
function merged(points: readonly UsagePoint[]): UsagePoint {
  const gpu = points.flatMap(({ gpuPercent }) => gpuPercent ?? []);
  return {
    afterMs: Math.max(...points.map(({ afterMs }) => afterMs)),
    cores: rounded(mean(points.map(({ cores }) => cores))),
    rssBytes: Math.max(...points.map(({ rssBytes }) => rssBytes)),
    gpuPercent: gpu.length === 0 ? null : Math.round(mean(gpu)),
  };
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}

function rounded(cores: number): number {
  return Math.round(cores * 100) / 100;
}
