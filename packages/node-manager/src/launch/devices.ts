import type { StartSpec } from '@juqueue/core';
import { assert } from '@juqueue/core';

/** The accelerators that the allocation gave to this node: the variable that lists them, and the list where there is one. */
export interface Devices {
  readonly variable: 'CUDA_VISIBLE_DEVICES' | 'ROCR_VISIBLE_DEVICES';
  readonly list: readonly string[] | null;
}

/** Reads what the cluster put into the node's own environment. AMD's list wins where both stand: HIP reads both, one after the other. */
export function devicesOfNode(own: Readonly<Record<string, string | undefined>>): Devices {
  const rocr = parseList(own['ROCR_VISIBLE_DEVICES']);
  if (rocr !== null) return { variable: 'ROCR_VISIBLE_DEVICES', list: rocr };
  return { variable: 'CUDA_VISIBLE_DEVICES', list: parseList(own['CUDA_VISIBLE_DEVICES']) };
}

/** How many devices an attempt takes, and which it would rather have: those of its slots. */
export interface DeviceWish {
  readonly count: number;
  readonly wished: readonly number[];
}

/**
 * Slot i has slice i of the node's devices, `cudaDevicesPerSlot` long. A run that names a number takes that many, of any
 * slice. Where the cluster does not say how many a slot has, a run that wants them has the device with the number of its
 * slot, as in the original, as far as the node has `size` of them.
 */
export function deviceWish(
  { gpus, executor, cudaDevicesPerSlot }: Pick<StartSpec, 'gpus' | 'executor' | 'cudaDevicesPerSlot'>,
  slots: readonly number[],
  size: number,
): DeviceWish {
  const slices = slots.flatMap((slot) => Array.from({ length: cudaDevicesPerSlot }, (_, offset) => slot * cudaDevicesPerSlot + offset));
  if (gpus === null && !executor.cuda) return { count: 0, wished: [] };
  const wanted = cudaDevicesPerSlot === 0 ? slots.filter((slot) => slot < size) : slices;
  if (gpus === null) return { count: wanted.length, wished: wanted };
  return { count: gpus, wished: slices.slice(0, gpus) };
}

/**
 * Who has which device of the node. Where the cluster lists none, devices are the numbers from 0, as many as the manager
 * places runs for.
 */
export class DeviceTable {
  readonly #list: readonly string[] | null;
  readonly #takenBy = new Map<number, string>();

  constructor({ list }: Devices) {
    this.#list = list;
  }

  get size(): number {
    return this.#list?.length ?? Number.POSITIVE_INFINITY;
  }

  /** Takes the wished devices when all of them are free, else the lowest free ones; null when there are too few. */
  take(occupant: string, { count, wished }: DeviceWish): readonly number[] | null {
    const areWishedFree = wished.length === count && wished.every((device) => device < this.size && !this.#takenBy.has(device));
    const taken = areWishedFree ? wished : this.#lowestFree(count);
    if (taken === null) return null;
    for (const device of taken) this.#takenBy.set(device, occupant);
    return taken;
  }

  release(occupant: string, devices: readonly number[]): void {
    for (const device of devices) {
      assert(this.#takenBy.get(device) === occupant, `device ${device} is not held by ${occupant}`);
      this.#takenBy.delete(device);
    }
  }

  #lowestFree(count: number): readonly number[] | null {
    const free: number[] = [];
    for (let device = 0; free.length < count; device += 1) {
      if (device >= this.size) return null;
      if (!this.#takenBy.has(device)) free.push(device);
    }
    return free;
  }
}

/** As the variable names them. */
export function deviceNames({ list }: Devices, devices: readonly number[]): string {
  return devices.map((device) => list?.[device] ?? String(device)).join(',');
}

function parseList(value: string | undefined): readonly string[] | null {
  if (value === undefined || value.trim() === '') return null;
  return value.split(',').map((device) => device.trim());
}
