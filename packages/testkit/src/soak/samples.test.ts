import { describe, expect, it } from 'vitest';
import { sampleOf, slopePerMinute } from './samples.ts';

describe('samples of a process', () => {
  it('have memory and descriptors', () => {
    const sample = sampleOf(process.pid, 0);
    expect(sample.memoryMb).toBeGreaterThan(10);
    expect(sample.descriptors).toBeGreaterThan(3);
  });

  it('rise by what a minute adds, whatever the noise around it', () => {
    const samples = Array.from({ length: 60 }, (_, i) => ({
      atMs: i * 10_000,
      memoryMb: 100 + (i / 6) * 2 + (i % 2 === 0 ? 5 : -5),
      descriptors: 40,
    }));
    expect(slopePerMinute(samples, ({ memoryMb }) => memoryMb)).toBeCloseTo(2, 0);
    expect(slopePerMinute(samples, ({ descriptors }) => descriptors)).toBe(0);
  });

  it('of one moment rise by nothing', () => {
    expect(slopePerMinute([{ atMs: 5, memoryMb: 1, descriptors: 1 }], ({ memoryMb }) => memoryMb)).toBe(0);
  });
});
