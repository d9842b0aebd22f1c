import type { Allocation } from '../model/allocation.ts';
import type { ExperimentName } from '../model/ids.ts';
import type { AllocationAccount } from './allocation-account.ts';
import type { FreeTimeReading } from './free-time.ts';
import type { LedgerPart, LedgerSums, MutableSums } from './ledger.ts';
import { emptySums, ledgerParts } from './ledger.ts';

/** The bill of one allocation and where it went. The parts sum to the bill, and so do the experiments' sums with `unattributed`. */
export interface AllocationBill {
  readonly billedMs: number;
  /** When it was billed; null before it has started. */
  readonly time: BilledTime | null;
  readonly sums: LedgerSums;
  readonly experiments: ReadonlyMap<ExperimentName, LedgerSums>;
  /** What is nobody's, because no run was ever on it. */
  readonly unattributed: LedgerSums;
  /** What the attempts of each experiment would have billed with a node each, in ms. */
  readonly aloneMs: ReadonlyMap<ExperimentName, number>;
  /** Not yet confirmed by the cluster. */
  readonly isProvisional: boolean;
}

export interface BilledTime {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * From when to when is this allocation billed? From the cluster's start to its end, up to now while it lasts; null before it
 * has started. A node that speaks before its cluster has told of it has started.
 */
export function billedTime({ startedAtMs, endedAtMs, status, node }: Allocation, nowMs: number): BilledTime | null {
  const fromMs = startedAtMs ?? (status === 'ended' ? null : (node?.helloAtMs ?? null));
  if (fromMs === null) return null;
  return { fromMs, toMs: Math.max(fromMs, endedAtMs ?? nowMs) };
}

/** Its bill at `nowMs`. What is billed and was not served is start-up; what was served and is not billed is taken off. */
export function billOf(allocation: Allocation, account: AllocationAccount, reading: FreeTimeReading, nowMs: number): AllocationBill {
  const time = billedTime(allocation, nowMs);
  const billedMs = time === null ? 0 : time.toMs - time.fromMs;
  const cells = fitted(cellsOf(account, reading), allocation.slots * billedMs);
  const sums = sumOf(cells);
  const aloneMs = new Map([...account.heldAt(reading.atMs)].map(([experiment, { alone }]) => [experiment, alone]));
  return {
    billedMs,
    time,
    sums,
    ...attributed(cells, sums),
    aloneMs,
    isProvisional: allocation.status !== 'ended' || !allocation.isConfirmed,
  };
}

/** Slot-time of one kind; `experiment` is null for time that nobody held. */
interface Cell {
  readonly experiment: ExperimentName | null;
  readonly part: LedgerPart;
  readonly slotMs: number;
}

/** What is least sure first: clocks differ by a second, and that second is taken off in this order. */
function cellsOf(account: AllocationAccount, reading: FreeTimeReading): readonly Cell[] {
  const free = account.freeAt(reading);
  const held = account.heldAt(reading.atMs);
  return [
    ...(['idle', 'fragmentation', 'quantisation', 'closing', 'dispatch'] as const).map((part) => ({
      experiment: null,
      part,
      slotMs: free[part],
    })),
    ...(['open', 'redone', 'failed', 'useful'] as const).flatMap((part) =>
      [...held].map(([experiment, time]) => ({ experiment, part, slotMs: time[part] })),
    ),
  ];
}

/** The cells so that they sum to the bill. */
function fitted(cells: readonly Cell[], billedSlotMs: number): readonly Cell[] {
  const servedSlotMs = cells.reduce((sum, cell) => sum + cell.slotMs, 0);
  if (servedSlotMs <= billedSlotMs) return [{ experiment: null, part: 'startUp', slotMs: billedSlotMs - servedSlotMs }, ...cells];
  let excess = servedSlotMs - billedSlotMs;
  return cells.map((cell) => {
    const off = Math.min(excess, cell.slotMs);
    excess -= off;
    return { ...cell, slotMs: cell.slotMs - off };
  });
}

/** Time that nobody held is shared by those whose runs were on the node, by the slot-time that they held; remainders go to the first by name. */
function attributed(cells: readonly Cell[], sums: LedgerSums): Pick<AllocationBill, 'experiments' | 'unattributed'> {
  const held = new Map<ExperimentName, number>();
  for (const { experiment, slotMs } of cells)
    if (experiment !== null && slotMs > 0) held.set(experiment, (held.get(experiment) ?? 0) + slotMs);
  const names = [...held.keys()].sort();
  const total = names.reduce((sum, name) => sum + (held.get(name) ?? 0), 0);
  if (total === 0) return { experiments: new Map(), unattributed: sums };
  const shares: Cell[] = cells.flatMap((cell) => {
    if (cell.experiment !== null) return [cell];
    const parts = names.map((name) => Number((BigInt(cell.slotMs) * BigInt(held.get(name) ?? 0)) / BigInt(total)));
    const rest = cell.slotMs - parts.reduce((sum, part) => sum + part, 0);
    return names.map((experiment, i) => ({ experiment, part: cell.part, slotMs: (parts[i] ?? 0) + (i === 0 ? rest : 0) }));
  });
  return {
    experiments: new Map(names.map((name) => [name, sumOf(shares.filter((cell) => cell.experiment === name))])),
    unattributed: emptySums(),
  };
}

function sumOf(cells: readonly Cell[]): LedgerSums {
  const sums = emptySums();
  for (const { part, slotMs } of cells) {
    sums[part] += slotMs;
    sums.billed += slotMs;
  }
  return sums;
}

/** Adds, or with `sign` −1 takes off, part by part. */
export function addSums(to: MutableSums, sums: LedgerSums, sign: 1 | -1 = 1): void {
  to.billed += sign * sums.billed;
  for (const part of ledgerParts) to[part] += sign * sums[part];
}
