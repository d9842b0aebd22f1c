/** One logical processor that this node may use, with the physical core that it is part of. */
export interface Processor {
  readonly cpu: number;
  readonly core: number;
  readonly socket: number;
}

/** The processors of a node, and whether slots get their own when a run does not say. */
export interface Processors {
  readonly list: readonly Processor[];
  readonly isDefault: boolean;
}

/**
 * The processors of these slots as `taskset -c` wants them: slot i of n has slice i of n of the cores, in the order of
 * sockets, so that neighbours share caches; both threads of a core go together. Null: not bound, because the cores do not
 * divide evenly (`isWanted` asks all the same), because the node has one slot, or because it is not wanted.
 */
export function cpusOfSlots(
  { list, isDefault }: Processors,
  slots: readonly number[],
  slotCount: number,
  isWanted: boolean | undefined,
): string | null {
  if (isWanted === false || (isWanted === undefined && !isDefault) || slotCount === 1 || list.length === 0) return null;
  const cores = [...Map.groupBy(list, ({ socket, core }) => `${socket}/${core}`).values()].sort((a, b) => place(a) - place(b));
  if (cores.length % slotCount !== 0 && isWanted !== true) return null;
  const own = slots.flatMap((slot) =>
    cores.slice(
      Math.floor((slot * cores.length) / slotCount),
      Math.max(Math.floor(((slot + 1) * cores.length) / slotCount), Math.floor((slot * cores.length) / slotCount) + 1),
    ),
  );
  const cpus = own.flat().map(({ cpu }) => cpu);
  return cpus.length === 0 ? null : cpus.sort((a, b) => a - b).join(',');
}

/** Sockets one after the other, and in each the order of the system. */
function place(core: readonly Processor[]): number {
  const [first] = core;
  return first === undefined ? 0 : first.socket * 1_000_000 + Math.min(...core.map(({ cpu }) => cpu));
}

/** `0-3,8` as numbers. */
export function parseCpuList(text: string): readonly number[] {
  return text
    .trim()
    .split(',')
    .filter((part) => part !== '')
    .flatMap((part) => {
      const [first = 0, last = first] = part.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
}
