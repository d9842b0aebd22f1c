import { readdirSync, readFileSync } from 'node:fs';

/** What a process holds at one moment. */
export interface Sample {
  readonly atMs: number;
  readonly memoryMb: number;
  readonly descriptors: number;
}

export function sampleOf(pid: number, atMs: number): Sample {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return { atMs, memoryMb: Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024, descriptors: readdirSync(`/proc/${pid}/fd`).length };
}

/** CPU time of a process so far, in seconds. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Change of a value per minute, by least squares over all samples. */
export function slopePerMinute(samples: readonly Sample[], value: (sample: Sample) => number): number {
  const mean = (of: (sample: Sample) => number): number => samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const minutes = (sample: Sample): number => sample.atMs / 60_000;
  const [meanX, meanY] = [mean(minutes), mean(value)];
  const squares = samples.reduce((sum, sample) => sum + (minutes(sample) - meanX) ** 2, 0);
  if (squares === 0) return 0;
  return samples.reduce((sum, sample) => sum + (minutes(sample) - meanX) * (value(sample) - meanY), 0) / squares;
}
