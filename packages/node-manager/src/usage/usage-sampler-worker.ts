import type { RunId, Usage, UsagePoint } from '@juqueue/core';
import type { MemoryUse } from '../core/memory-blame.ts';
import type { MemoryWish } from '../core/node-ports.ts';
import { memoryOfNode } from './read-memory-worker.ts';
import type { GpuReading } from './gpu-output.ts';
import { GpuReader } from './read-gpus-worker.ts';
import { ProcessReader } from './read-processes-worker.ts';
import { UsageMeter } from './usage-meter.ts';

export interface SampledAttempt {
  readonly run: RunId;
  readonly memory: MemoryWish;
  readonly attemptId: string;
  readonly startedAtMs: number;
  /** As the variable that lists devices names them. */
  readonly devices: readonly string[];
}

/** Samples all attempts that are watched, together: one walk over the processes, one call of the devices' tool. */
export class UsageSampler {
  readonly #processes = new ProcessReader();
  readonly #gpus = new GpuReader();
  readonly #attempts = new Map<string, SampledAttempt & { readonly meter: UsageMeter }>();
  #isReading = false;

  watch(attempt: SampledAttempt): void {
    this.#attempts.set(attempt.attemptId, { ...attempt, meter: new UsageMeter(attempt.startedAtMs) });
  }

  /** What it used so far; null before the first sample. */
  usageOf(attemptId: string): Usage | null {
    return this.#attempts.get(attemptId)?.meter.usage ?? null;
  }

  /** What it used; null when it ended before a sample. It is not watched any more. */
  end(attemptId: string): { readonly usage: Usage; readonly curve: readonly UsagePoint[] } | null {
    const meter = this.#attempts.get(attemptId)?.meter;
    this.#attempts.delete(attemptId);
    const usage = meter?.usage ?? null;
    return meter === undefined || usage === null ? null : { usage, curve: meter.curve };
  }

  /** What the watched attempts hold now; what `attemptId`, which has ended, held at most comes first. Null when it was never looked at. */
  memoryUse(attemptId: string): readonly [MemoryUse, ...MemoryUse[]] | null {
    const totalBytes = memoryOfNode();
    const shareOf = ({ memory }: SampledAttempt): number => (memory.kind === 'bytes' ? memory.bytes : memory.part * totalBytes);
    const ended = this.#attempts.get(attemptId);
    const endedBytes = ended?.meter.usage?.maxRssBytes;
    if (ended === undefined || endedBytes === undefined) return null;
    const others = [...this.#attempts.values()].filter((other) => other !== ended);
    const now = this.#processes.read(new Set(others.map((other) => other.attemptId)));
    return [
      { run: ended.run, rssBytes: endedBytes, shareBytes: shareOf(ended) },
      ...others.map((other) => ({
        run: other.run,
        rssBytes: Math.max(now.get(other.attemptId)?.rssBytes ?? 0, other.meter.usage?.maxRssBytes ?? 0),
        shareBytes: shareOf(other),
      })),
    ];
  }

  async sample(): Promise<void> {
    if (this.#attempts.size === 0 || this.#isReading) return;
    this.#isReading = true;
    try {
      const hasDevices = [...this.#attempts.values()].some(({ devices }) => devices.length > 0);
      const gpus = hasDevices ? await this.#gpus.read() : [];
      const sums = this.#processes.read(new Set(this.#attempts.keys()));
      const atMs = Date.now();
      for (const [id, found] of sums) {
        const attempt = this.#attempts.get(id);
        attempt?.meter.add({ atMs, ...found, gpu: gpuOf(attempt.devices, gpus) });
      }
    } finally {
      this.#isReading = false;
    }
  }
}

/** The mean of its devices, and their memory together. */
function gpuOf(
  devices: readonly string[],
  readings: readonly GpuReading[],
): { readonly percent: number; readonly memoryBytes: number } | null {
  const own = readings.filter(({ names }) => devices.some((device) => names.includes(device)));
  if (own.length === 0) return null;
  return {
    percent: Math.round(own.reduce((sum, { percent }) => sum + percent, 0) / own.length),
    memoryBytes: own.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0),
  };
}
