import type { Allocation } from '../model/allocation.ts';
import type { ClusterName, ExperimentName } from '../model/ids.ts';
import type { AllocationBill } from './allocation-bill.ts';
import type { ConsolidationSaving } from './consolidation-savings.ts';
import type { LedgerSums, MutableSums } from './ledger.ts';
import { addSums } from './allocation-bill.ts';
import { billedDays } from './billed-days.ts';
import { emptySums } from './ledger.ts';
import { efficiencyOf, lowerBoundMs } from './lower-bound.ts';

/** What was billed to one cluster, one experiment, or all. */
export interface Tally {
  /** Node-time in ms. Whole for clusters; an experiment may have half a node. */
  readonly billedNodeMs: number;
  /** The part of it that the cluster has not confirmed. */
  readonly provisionalNodeMs: number;
  /** What the same attempts would have billed with a node each, without anybody's start-up, in ms. */
  readonly aloneNodeMs: number;
  readonly allocations: number;
  readonly sums: LedgerSums;
  /** The least that any schedule would have billed for the work that was done, in node-ms; null for experiments, which share nodes. */
  readonly lowerBoundNodeMs: number | null;
  readonly efficiency: number | null;
}

/** The whole account at one time. `experiments` and `unattributed` sum to the total, and so do the clusters. */
export interface Accounting {
  readonly total: Tally;
  readonly clusters: ReadonlyMap<ClusterName, Tally>;
  readonly experiments: ReadonlyMap<ExperimentName, Tally>;
  readonly unattributed: Tally;
  /** By the start of the day (UTC), oldest first; they sum to the total. */
  readonly days: readonly DayTally[];
  readonly consolidation: ReadonlyMap<ClusterName, ConsolidationSaving>;
}

/** What was billed on one day. */
export interface DayTally {
  readonly dayMs: number;
  readonly billedNodeMs: number;
  readonly provisionalNodeMs: number;
  readonly sums: LedgerSums;
}

/** What the lower bound of a cluster needs besides its work. */
export interface BoundFacts {
  readonly longestMs: number;
  readonly startUpMs: number;
  readonly walltimeMs: number | null;
}

interface Sum {
  billedNodeMs: number;
  provisionalNodeMs: number;
  /** Useful and open time in node-ms. */
  workNodeMs: number;
  aloneNodeMs: number;
  allocations: number;
  readonly sums: MutableSums;
}

/** Bills of allocations, added up by cluster and by experiment. */
export class AccountingSum {
  readonly #clusters = new Map<ClusterName, Sum>();
  readonly #experiments = new Map<ExperimentName, Sum>();
  readonly #unattributed: Sum = emptySum();
  readonly #days = new Map<number, Sum>();

  add(allocation: Allocation, bill: AllocationBill): void {
    this.#count(allocation, bill, 1);
  }

  takeOff(allocation: Allocation, bill: AllocationBill): void {
    this.#count(allocation, bill, -1);
  }

  copy(): AccountingSum {
    const copy = new AccountingSum();
    for (const [name, sum] of this.#clusters) copy.#clusters.set(name, copyOf(sum));
    for (const [name, sum] of this.#experiments) copy.#experiments.set(name, copyOf(sum));
    for (const [day, sum] of this.#days) copy.#days.set(day, copyOf(sum));
    Object.assign(copy.#unattributed, copyOf(this.#unattributed));
    return copy;
  }

  accounting(facts: (cluster: ClusterName) => BoundFacts): Omit<Accounting, 'consolidation'> {
    const clusters = new Map([...this.#clusters].map(([name, sum]) => [name, clusterTally(sum, facts(name))]));
    const whole = emptySum();
    for (const sum of this.#clusters.values()) addSum(whole, sum, 1);
    const boundMs = [...clusters.values()].reduce((total, tally) => total + (tally.lowerBoundNodeMs ?? 0), 0);
    return {
      total: { ...tallyOf(whole), lowerBoundNodeMs: boundMs, efficiency: efficiencyOf(boundMs, whole.billedNodeMs) },
      clusters,
      experiments: new Map([...this.#experiments].map(([name, sum]) => [name, tallyOf(sum)])),
      unattributed: tallyOf(this.#unattributed),
      days: [...this.#days]
        .filter(([, { sums }]) => sums.billed > 0)
        .map(([dayMs, { billedNodeMs, provisionalNodeMs, sums }]) => ({ dayMs, billedNodeMs, provisionalNodeMs, sums }))
        .sort((a, b) => a.dayMs - b.dayMs),
    };
  }

  #count(allocation: Allocation, bill: AllocationBill, sign: 1 | -1): void {
    const { slots, cluster } = allocation;
    const sumOf = (sums: LedgerSums, aloneMs: number): Sum => sumOfBill(sums, slots, bill.isProvisional, aloneMs);
    const aloneMs = [...bill.aloneMs.values()].reduce((sum, ms) => sum + ms, 0);
    addSum(sumFor(this.#clusters, cluster), sumOf(bill.sums, aloneMs), sign);
    for (const [name, sums] of bill.experiments) addSum(sumFor(this.#experiments, name), sumOf(sums, bill.aloneMs.get(name) ?? 0), sign);
    if (bill.unattributed.billed > 0) addSum(this.#unattributed, sumOf(bill.unattributed, 0), sign);
    if (bill.time !== null)
      for (const { dayMs, sums } of billedDays(bill.time, bill.sums)) addSum(sumFor(this.#days, dayMs), sumOf(sums, 0), sign);
  }
}

function sumOfBill(sums: LedgerSums, slots: number, isProvisional: boolean, aloneNodeMs: number): Sum {
  const billedNodeMs = sums.billed / slots;
  return {
    billedNodeMs,
    provisionalNodeMs: isProvisional ? billedNodeMs : 0,
    workNodeMs: (sums.useful + sums.open) / slots,
    aloneNodeMs,
    allocations: 1,
    sums: { ...sums },
  };
}

function clusterTally(sum: Sum, { longestMs, startUpMs, walltimeMs }: BoundFacts): Tally {
  const area = { durationMs: sum.workNodeMs, share: 1 };
  const longest = { durationMs: longestMs, share: 0 };
  const boundMs = lowerBoundMs([area, longest], startUpMs, walltimeMs);
  return { ...tallyOf(sum), lowerBoundNodeMs: boundMs, efficiency: efficiencyOf(boundMs, sum.billedNodeMs) };
}

function tallyOf({ billedNodeMs, provisionalNodeMs, aloneNodeMs, allocations, sums }: Sum): Tally {
  return { billedNodeMs, provisionalNodeMs, aloneNodeMs, allocations, sums, lowerBoundNodeMs: null, efficiency: null };
}

function sumFor<K>(sums: Map<K, Sum>, key: K): Sum {
  const known = sums.get(key);
  if (known !== undefined) return known;
  const sum = emptySum();
  sums.set(key, sum);
  return sum;
}

function addSum(to: Sum, sum: Sum, sign: 1 | -1): void {
  to.billedNodeMs += sign * sum.billedNodeMs;
  to.provisionalNodeMs += sign * sum.provisionalNodeMs;
  to.workNodeMs += sign * sum.workNodeMs;
  to.aloneNodeMs += sign * sum.aloneNodeMs;
  to.allocations += sign * sum.allocations;
  addSums(to.sums, sum.sums, sign);
}

function emptySum(): Sum {
  return { billedNodeMs: 0, provisionalNodeMs: 0, workNodeMs: 0, aloneNodeMs: 0, allocations: 0, sums: emptySums() };
}

function copyOf(sum: Sum): Sum {
  return { ...sum, sums: { ...sum.sums } };
}
