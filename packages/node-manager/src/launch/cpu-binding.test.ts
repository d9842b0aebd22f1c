import { describe, expect, test } from 'vitest';
import type { Processor } from './cpu-binding.ts';
import { cpusOfSlots, parseCpuList } from './cpu-binding.ts';

/** Two sockets of four cores with two threads each, numbered as Linux does: all first threads, then all second ones. */
const node: readonly Processor[] = Array.from({ length: 16 }, (_, cpu) => ({ cpu, core: cpu % 4, socket: Math.floor((cpu % 8) / 4) }));
const bound = { list: node, isDefault: true };

describe('processors of slots', () => {
  test('a slot has whole cores of one socket, both threads of each', () => {
    expect(cpusOfSlots(bound, [0], 4, undefined)).toBe('0,1,8,9');
    expect(cpusOfSlots(bound, [2], 4, undefined)).toBe('4,5,12,13');
    expect(cpusOfSlots(bound, [0, 3], 4, undefined)).toBe('0,1,6,7,8,9,14,15');
  });

  test('slots never share a core, and together have all', () => {
    for (const slots of [2, 3, 5, 8]) {
      const cpus = Array.from({ length: slots }, (_, slot) => cpusOfSlots(bound, [slot], slots, true)?.split(',') ?? []).flat();
      expect(cpus.map(Number).sort((a, b) => a - b)).toEqual(node.map(({ cpu }) => cpu));
    }
  });

  test('not bound: cores that do not divide evenly, a single slot, a run that says so, a node that shares its machine', () => {
    expect(cpusOfSlots(bound, [0], 3, undefined)).toBeNull();
    expect(cpusOfSlots(bound, [0], 1, true)).toBeNull();
    expect(cpusOfSlots(bound, [0], 4, false)).toBeNull();
    expect(cpusOfSlots({ list: node, isDefault: false }, [0], 4, undefined)).toBeNull();
    expect(cpusOfSlots({ list: node, isDefault: false }, [0], 4, true)).toBe('0,1,8,9');
  });

  test('lists of the kernel are read', () => {
    expect(parseCpuList('0-3,8,10-11\n')).toEqual([0, 1, 2, 3, 8, 10, 11]);
    expect(parseCpuList('')).toEqual([]);
  });
});
