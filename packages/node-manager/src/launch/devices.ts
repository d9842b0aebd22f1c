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

/**
 * The devices of these slots: slot i has slice i of the node's list, `perSlot` long; where the node has no list, the indices
 * i·perSlot … i·perSlot + perSlot − 1. A list that is too short leaves the last slots without devices.
 */
export function devicesOfSlots(devices: Devices, slots: readonly number[], perSlot: number): string {
  const wanted = slots.flatMap((slot) => Array.from({ length: perSlot }, (_, offset) => slot * perSlot + offset));
  const { list } = devices;
  return wanted.flatMap((index) => (list === null ? [String(index)] : (list[index] ?? []))).join(',');
}

function parseList(value: string | undefined): readonly string[] | null {
  if (value === undefined || value.trim() === '') return null;
  return value.split(',').map((device) => device.trim());
}
