import type { Allocation } from '../model/allocation.ts';
import type { ClusterName, ExperimentName } from '../model/ids.ts';
import type { AllocationBill } from './allocation-bill.ts';
import type { LedgerSums, MutableSums } from './ledger.ts';
import { addSums } from './allocation-bill.ts';
import { emptySums } from './ledger.ts';
import { efficiencyOf, lowerBoundMs } from './lower-bound.ts';

/** What was billed to one cluster, one experiment, or all. */
export interface Tally {
  /** Node-time in ms. Whole for clusters; an experiment may have half a node. */
  readonly billedNodeMs: number;
  /** The part of it that the cluster has not confirmed. */
  readonly provisionalNodeMs: number;
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
  allocations: number;
  readonly sums: MutableSums;
}

/** Bills of allocations, added up by cluster and by experiment. */
export class AccountingSum {
  readonly #clusters = new Map<ClusterName, Sum>();
  readonly #experiments = new Map<ExperimentName, Sum>();
  readonly #unattributed: Sum = emptySum();

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
    Object.assign(copy.#unattributed, copyOf(this.#unattributed));
    return copy;
  }

  accounting(facts: (cluster: ClusterName) => BoundFacts): Accounting {
    const clusters = new Map([...this.#clusters].map(([name, sum]) => [name, clusterTally(sum, facts(name))]));
    const whole = emptySum();
    for (const sum of this.#clusters.values()) addSum(whole, sum, 1);
    const boundMs = [...clusters.values()].reduce((total, tally) => total + (tally.lowerBoundNodeMs ?? 0), 0);
    return {
      total: { ...tallyOf(whole), lowerBoundNodeMs: boundMs, efficiency: efficiencyOf(boundMs, whole.billedNodeMs) },
      clusters,
      experiments: new Map([...this.#experiments].map(([name, sum]) => [name, tallyOf(sum)])),
      unattributed: tallyOf(this.#unattributed),
    };
  }

  #count(allocation: Allocation, bill: AllocationBill, sign: 1 | -1): void {
    const { slots, cluster } = allocation;
    addSum(sumFor(this.#clusters, cluster), sumOfBill(bill.sums, slots, bill.isProvisional), sign);
    for (const [name, sums] of bill.experiments) addSum(sumFor(this.#experiments, name), sumOfBill(sums, slots, bill.isProvisional), sign);
    if (bill.unattributed.billed > 0) addSum(this.#unattributed, sumOfBill(bill.unattributed, slots, bill.isProvisional), sign);
  }
}

function sumOfBill(sums: LedgerSums, slots: number, isProvisional: boolean): Sum {
  const billedNodeMs = sums.billed / slots;
  return { billedNodeMs, provisionalNodeMs: isProvisional ? billedNodeMs : 0, workNodeMs: (sums.useful + sums.open) / slots, allocations: 1, sums: { ...sums } };
}

function clusterTally(sum: Sum, { longestMs, startUpMs, walltimeMs }: BoundFacts): Tally {
  const area = { durationMs: sum.workNodeMs, share: 1 };
  const longest = { durationMs: longestMs, share: 0 };
  const boundMs = lowerBoundMs([area, longest], startUpMs, walltimeMs);
  return { ...tallyOf(sum), lowerBoundNodeMs: boundMs, efficiency: efficiencyOf(boundMs, sum.billedNodeMs) };
}

function tallyOf({ billedNodeMs, provisionalNodeMs, allocations, sums }: Sum): Tally {
  return { billedNodeMs, provisionalNodeMs, allocations, sums, lowerBoundNodeMs: null, efficiency: null };
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
  to.allocations += sign * sum.allocations;
  addSums(to.sums, sum.sums, sign);
}

function emptySum(): Sum {
  return { billedNodeMs: 0, provisionalNodeMs: 0, workNodeMs: 0, allocations: 0, sums: emptySums() };
}

function copyOf(sum: Sum): Sum {
  return { ...sum, sums: { ...sum.sums } };
}
