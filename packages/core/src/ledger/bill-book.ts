import type { Allocation } from '../model/allocation.ts';
import type { AllocationId, ClusterName } from '../model/ids.ts';
import { billedTime } from './allocation-bill.ts';

interface Bill {
  readonly cluster: ClusterName;
  readonly fromMs: number;
  readonly toMs: number;
}

export type SavedBills = readonly (readonly [AllocationId, Bill])[];

interface Spent {
  totalMs: number;
  /** By the first instant of each month. */
  readonly byMonth: Map<number, number>;
}

/** The node-time of ended allocations, by cluster and month: a budget is compared without adding up bills. */
export class BillBook {
  readonly #bills = new Map<AllocationId, Bill>();
  readonly #spent = new Map<ClusterName, Spent>();

  saved(): SavedBills {
    return [...this.#bills];
  }

  restore(bills: SavedBills): void {
    for (const [id, bill] of bills) {
      this.#bills.set(id, bill);
      this.#count(bill, 1);
    }
  }

  /** Of an allocation that has ended, or whose end the cluster corrects. */
  close(allocation: Allocation): void {
    const before = this.#bills.get(allocation.id);
    if (before !== undefined) this.#count(before, -1);
    const time = billedTime(allocation, allocation.endedAtMs ?? 0);
    if (time === null) {
      this.#bills.delete(allocation.id);
      return;
    }
    const bill = { cluster: allocation.cluster, ...time };
    this.#bills.set(allocation.id, bill);
    this.#count(bill, 1);
  }

  /** Node-ms of this cluster, with those of `open` up to `nowMs`; only of the month of `nowMs` when `per` says so. */
  spentMs(cluster: ClusterName, open: readonly Allocation[], per: 'total' | 'month', nowMs: number): number {
    const closed = this.#spent.get(cluster);
    const sinceMs = per === 'total' ? 0 : monthOf(nowMs);
    let sumMs = (per === 'total' ? closed?.totalMs : closed?.byMonth.get(sinceMs)) ?? 0;
    for (const allocation of open) {
      if (allocation.cluster !== cluster || allocation.status === 'ended') continue;
      const time = billedTime(allocation, nowMs);
      if (time !== null) sumMs += Math.max(0, time.toMs - Math.max(time.fromMs, sinceMs));
    }
    return sumMs;
  }

  #count({ cluster, fromMs, toMs }: Bill, sign: 1 | -1): void {
    const spent = this.#spent.get(cluster) ?? { totalMs: 0, byMonth: new Map<number, number>() };
    this.#spent.set(cluster, spent);
    spent.totalMs += sign * (toMs - fromMs);
    for (let month = monthOf(fromMs); month < toMs; month = nextMonthMs(month)) {
      const partMs = Math.min(toMs, nextMonthMs(month)) - Math.max(fromMs, month);
      spent.byMonth.set(month, (spent.byMonth.get(month) ?? 0) + sign * partMs);
    }
  }
}

/** The first instant of the month of this instant, in UTC. */
function monthOf(atMs: number): number {
  const at = new Date(atMs);
  return Date.UTC(at.getUTCFullYear(), at.getUTCMonth());
}

export function nextMonthMs(atMs: number): number {
  const at = new Date(atMs);
  return Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1);
}
