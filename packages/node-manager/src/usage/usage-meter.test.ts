import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseNvidia, parseRocm } from './gpu-output.ts';
import { UsageMeter } from './usage-meter.ts';

const sample = (atMs: number, cpuMs: number, rssBytes: number, gpu: { percent: number; memoryBytes: number } | null = null) => ({
  atMs,
  cpuMs,
  rssBytes,
  readBytes: 10 * cpuMs,
  writtenBytes: cpuMs,
  gpu,
});

describe('what an attempt used', () => {
  test('means are over its life, maxima over samples', () => {
    const meter = new UsageMeter(1_000);
    expect(meter.usage).toBeNull();
    meter.add(sample(31_000, 30_000, 100, { percent: 50, memoryBytes: 7 }));
    meter.add(sample(61_000, 90_000, 300, { percent: 100, memoryBytes: 5 }));
    expect(meter.usage).toEqual({
      samples: 2,
      cpuMs: 90_000,
      meanCores: 1.5,
      maxCores: 2,
      meanRssBytes: 200,
      maxRssBytes: 300,
      readBytes: 900_000,
      writtenBytes: 90_000,
      gpu: { meanPercent: 75, maxPercent: 100, maxMemoryBytes: 7 },
    });
    expect(meter.curve).toEqual([
      { afterMs: 30_000, cores: 1, rssBytes: 100, gpuPercent: 50 },
      { afterMs: 60_000, cores: 2, rssBytes: 300, gpuPercent: 100 },
    ]);
  });

  test('a process that leaves the tree does not make what was counted less', () => {
    const meter = new UsageMeter(0);
    meter.add(sample(1_000, 1_000, 100));
    meter.add(sample(2_000, 200, 50));
    expect(meter.usage).toMatchObject({ cpuMs: 1_000, maxCores: 1, readBytes: 10_000, maxRssBytes: 100 });
  });

  test('the curve stays coarse however long it lives, in the order of time, and loses no maximum of memory', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ tookMs: fc.integer({ min: 1, max: 60_000 }), cpuMs: fc.nat(60_000), rssBytes: fc.nat() }), {
          minLength: 1,
          maxLength: 500,
        }),
        (steps) => {
          const meter = new UsageMeter(0);
          let atMs = 0;
          let cpuMs = 0;
          for (const step of steps) meter.add(sample((atMs += step.tookMs), (cpuMs += step.cpuMs), step.rssBytes));
          const { curve } = meter;
          expect(curve.length).toBeLessThanOrEqual(64);
          expect(curve.map(({ afterMs }) => afterMs)).toEqual(curve.map(({ afterMs }) => afterMs).sort((a, b) => a - b));
          expect(curve.at(-1)?.afterMs).toBe(atMs);
          expect(Math.max(...curve.map(({ rssBytes }) => rssBytes))).toBe(Math.max(...steps.map(({ rssBytes }) => rssBytes)));
          expect(meter.usage).toMatchObject({ samples: steps.length, cpuMs });
        },
      ),
    );
  });
});

describe('what the tools of devices print', () => {
  test('nvidia-smi: a line for each device, by number and by id', () => {
    expect(parseNvidia('0, GPU-5f0c, 87, 10240\n1, GPU-77aa, [N/A], 0\n')).toEqual([
      { names: ['0', 'GPU-5f0c'], percent: 87, memoryBytes: 10_240 * 1024 ** 2 },
      { names: ['1', 'GPU-77aa'], percent: 0, memoryBytes: 0 },
    ]);
    expect(parseNvidia('NVIDIA-SMI has failed because it could not communicate with the driver')).toEqual([]);
  });

  test('rocm-smi: an object for each card', () => {
    const output = JSON.stringify({
      card0: {
        'Unique ID': '0x7d2c',
        'GPU use (%)': '42',
        'VRAM Total Memory (B)': '68702699520',
        'VRAM Total Used Memory (B)': '1048576',
      },
      system: {},
    });
    expect(parseRocm(output)).toEqual([{ names: ['0', 'GPU-7d2c'], percent: 42, memoryBytes: 1_048_576 }]);
    expect(parseRocm('WARNING: no card')).toEqual([]);
  });
});
