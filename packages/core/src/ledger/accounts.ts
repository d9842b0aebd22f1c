import type { DispatchSample } from '../model/dispatch-time.ts';
import type { Allocation } from '../model/allocation.ts';
import type { DurableEvent } from '../model/events.ts';
import type { AllocationId, ClusterName, RunId } from '../model/ids.ts';
import type { AttemptOutcome } from '../model/run.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { AllocationBill } from './allocation-bill.ts';
import type { FreeTimeReading } from './free-time.ts';
import type { Accounting } from './tally.ts';
import { needOf, shareOf } from '../decide/fit.ts';
import type { ReleasedHold } from './allocation-account.ts';
import { AllocationAccount } from './allocation-account.ts';
import { billOf } from './allocation-bill.ts';
import { attemptValue } from './attempt-value.ts';
import { BillBook } from './bill-book.ts';
import { ClusterAccount } from './cluster-account.ts';
import type { AccountsRecord } from './saved-accounts.ts';
import { FreeTime } from './free-time.ts';
import { restoredBill, savedBill } from './saved-accounts.ts';
import { savedSliceLength } from '../evolve/saved-world.ts';
import { slices } from '../model/slices.ts';
import { assert, assertNever } from '../model/assert.ts';
import { ConsolidationSavings } from './consolidation-savings.ts';
import { AccountingSum } from './tally.ts';

/**
 * Where the billed slot-time of all clusters went: the ledger as a fold of the journal. `follow` is told of each durable
 * event once the world has it, in order and with its time, at recovery as while it happens; so a restart finds the same
 * figures. An event costs the same whatever there is; a question costs what is not yet confirmed.
 */
export class Accounts {
  readonly #accounts = new Map<AllocationId, AllocationAccount>();
  readonly #clusters = new Map<ClusterName, ClusterAccount>();
  readonly #holders = new Map<RunId, AllocationId>();
  readonly #longestUsefulMs = new Map<ClusterName, number>();
  readonly #shortestStartUpMs = new Map<ClusterName, number>();
  /** Bills that change no more, and their sum. */
  readonly #closed = new Map<AllocationId, AllocationBill>();
  readonly #open = new Set<AllocationId>();
  readonly #closedSum = new AccountingSum();
  readonly #savings = new ConsolidationSavings();
  readonly #bills = new BillBook();
  #atMs = 0;

  /** Clocks of hosts are set back now and then; the account's never is. */
  follow(event: DurableEvent, atMs: number, snapshot: Snapshot): void {
    this.#atMs = Math.max(this.#atMs, atMs);
    this.#book(event, snapshot);
    for (const [name, cluster] of this.#clusters) cluster.clock.become(cluster.kindOfFree(name, snapshot), this.#atMs);
  }

  /** What a later start needs to go on from here without the events before. */
  *saved(): Generator<AccountsRecord, void, undefined> {
    yield {
      kind: 'accounts',
      atMs: this.#atMs,
      clusters: [...this.#clusters].map(([name, cluster]) => [name, cluster.saved()]),
      holders: [...this.#holders],
      longestUsefulMs: [...this.#longestUsefulMs],
      shortestStartUpMs: [...this.#shortestStartUpMs],
      savings: this.#savings.saved(),
      bills: this.#bills.saved(),
    };
    for (const slice of slices(this.#accounts, savedSliceLength))
      yield { kind: 'allocation-accounts', accounts: slice.map(([id, account]) => [id, account.saved()]) };
    for (const slice of slices(this.#closed, savedSliceLength))
      yield { kind: 'closed-bills', bills: slice.map(([id, bill]) => [id, savedBill(bill)]) };
  }

  /** Takes over what was saved, record by record, into accounts that were told nothing; `snapshot` is the world of that time. */
  restore(record: AccountsRecord, snapshot: Snapshot): void {
    switch (record.kind) {
      case 'accounts':
        this.#atMs = record.atMs;
        for (const [name, cluster] of record.clusters) this.#clusters.set(name, ClusterAccount.restored(cluster));
        for (const [run, allocation] of record.holders) this.#holders.set(run, allocation);
        for (const [name, ms] of record.longestUsefulMs) this.#longestUsefulMs.set(name, ms);
        for (const [name, ms] of record.shortestStartUpMs) this.#shortestStartUpMs.set(name, ms);
        this.#savings.restore(record.savings);
        return this.#bills.restore(record.bills);
      case 'allocation-accounts':
        for (const [id, saved] of record.accounts) {
          const account = AllocationAccount.restored(saved);
          this.#accounts.set(id, account);
          this.#open.add(id);
          if (account.isServing) this.#clusterOf(account).count(account, 1);
        }
        return;
      case 'closed-bills':
        for (const [id, saved] of record.bills) this.#close(id, restoredBill(saved), snapshot.allocation(id));
        return;
      default:
        return assertNever(record);
    }
  }

  at(snapshot: Snapshot, nowMs: number): Accounting {
    const sum = this.#closedSum.copy();
    for (const id of this.#open) {
      const allocation = snapshot.allocation(id);
      const bill = this.billOf(id, snapshot, nowMs);
      if (allocation !== undefined && bill !== null) sum.add(allocation, bill);
    }
    const tallies = sum.accounting((cluster) => ({
      longestMs: this.#longestUsefulMs.get(cluster) ?? 0,
      startUpMs: this.#shortestStartUpMs.get(cluster) ?? 0,
      walltimeMs: snapshot.clusters.get(cluster)?.walltimeMs ?? null,
    }));
    return { ...tallies, consolidation: this.#savings.at(snapshot, nowMs) };
  }

  /** Node-ms billed to this cluster, ever or in the month of `nowMs`. Costs the open allocations. */
  spentNodeMs(cluster: ClusterName, snapshot: Snapshot, per: 'total' | 'month', nowMs: number): number {
    return this.#bills.spentMs(cluster, snapshot.allocations, per, nowMs);
  }

  /** From the start of an allocation to the hello of its node, as it was at best in this cluster; null before the first. */
  startUpMs(cluster: ClusterName): number | null {
    return this.#shortestStartUpMs.get(cluster) ?? null;
  }

  /** How long slots of each cluster were free although a run waited that fits, up to the newest event. */
  *dispatchSamples(): Generator<DispatchSample, void, undefined> {
    for (const [cluster, { clock }] of this.#clusters)
      yield { cluster, atMs: this.#atMs, dispatchMs: clock.at(this.#atMs).dispatchMs, isDispatch: clock.isDispatch };
  }

  /** Null when there is no such allocation. */
  billOf(id: AllocationId, snapshot: Snapshot, nowMs: number): AllocationBill | null {
    const closed = this.#closed.get(id);
    if (closed !== undefined) return closed;
    const allocation = snapshot.allocation(id);
    const account = this.#accounts.get(id);
    if (allocation === undefined || account === undefined) return null;
    const atMs = Math.max(nowMs, this.#atMs);
    return billOf(allocation, account, this.#clusterOf(account).clock.at(atMs), atMs);
  }

  #book(event: DurableEvent, snapshot: Snapshot): void {
    switch (event.kind) {
      case 'allocation-requested':
        this.#accounts.set(event.allocation, new AllocationAccount(event.cluster, event.slots));
        this.#open.add(event.allocation);
        return;
      case 'allocation-ended':
      case 'allocation-refused':
        return this.#endAllocation(snapshot.allocation(event.allocation));
      case 'allocation-cancel-requested':
        return this.#change(event.allocation, (account, reading) => account.setClosing(true, reading));
      case 'node-appeared':
        this.#noteStartUp(snapshot.allocation(event.node));
        this.#change(event.node, (account, reading) => account.begin(reading));
        return this.#setClosing(event.node, snapshot);
      case 'node-drained':
      case 'node-undrained':
      case 'node-release-requested':
        return this.#setClosing(event.node, snapshot);
      case 'cluster-budget-spent':
      case 'cluster-budget-restored':
        for (const { id, cluster } of snapshot.allocations) if (cluster === event.cluster) this.#setClosing(id, snapshot);
        return;
      case 'node-gone':
        return this.#endNode(event.node, snapshot);
      case 'run-placed':
      case 'run-started':
        return this.#hold(event.run, event.slots.length, snapshot);
      case 'run-ended':
        return this.#release(event.run, event.outcome, snapshot);
      default:
        return;
    }
  }

  #hold(id: RunId, slots: number, snapshot: Snapshot): void {
    const run = snapshot.run(id);
    const allocation = run?.execution?.node;
    if (run === undefined || allocation === undefined || slots === 0 || this.#holders.has(id)) return;
    const total = snapshot.allocation(allocation)?.resources ?? { slots: 1 };
    const cluster = snapshot.clusters.get(snapshot.allocation(allocation)?.cluster ?? '');
    const need = cluster === undefined ? run.definition.resources : needOf(run.definition, cluster);
    this.#change(allocation, (account, reading) => {
      account.hold(id, run.experiment, Math.max(slots, Math.ceil(shareOf(need, total) * account.slots)), reading);
      this.#holders.set(id, allocation);
      this.#savings.started(id, reading.atMs);
    });
  }

  #release(id: RunId, outcome: AttemptOutcome, snapshot: Snapshot): void {
    const allocation = this.#holders.get(id);
    if (allocation === undefined) return;
    this.#holders.delete(id);
    this.#change(allocation, (account, reading) => {
      const released = account.release(id, reading, (fromMs, toMs) => attemptValue(snapshot.run(id), outcome, fromMs, toMs));
      if (released === null) return;
      this.#longestUsefulMs.set(account.cluster, Math.max(released.usefulMs, this.#longestUsefulMs.get(account.cluster) ?? 0));
      this.#noteMove(id, snapshot.allocation(allocation), released, snapshot);
    });
    this.#closeWhenDone(snapshot.allocation(allocation));
  }

  #noteMove(id: RunId, from: Allocation | undefined, { slots, redoneMs }: ReleasedHold, snapshot: Snapshot): void {
    const run = snapshot.run(id);
    if (from !== undefined && run?.status === 'ready' && run.reason === 'consolidation')
      this.#savings.moved(id, from, slots, redoneMs, this.#atMs);
    else this.#savings.ended(id, snapshot, this.#atMs);
  }

  /** The world ends what a lost node held in the same event; the runs know how. */
  #endNode(id: AllocationId, snapshot: Snapshot): void {
    const account = this.#accounts.get(id);
    if (account === undefined || snapshot.allocation(id)?.node?.status !== 'gone') return;
    for (const run of account.heldRuns) this.#release(run, snapshot.run(run)?.outcome ?? lostWithItsDefinition(this.#atMs), snapshot);
    this.#change(id, (same, reading) => same.end(reading));
    this.#closeWhenDone(snapshot.allocation(id));
  }

  #endAllocation(allocation: Allocation | undefined): void {
    if (allocation === undefined) return;
    this.#reopen(allocation);
    this.#bills.close(allocation);
    this.#change(allocation.id, (account, reading) => account.endBill(allocation.endedAtMs ?? this.#atMs, reading));
    this.#savings.closeWhenDone(allocation);
    this.#closeWhenDone(allocation);
  }

  #setClosing(id: AllocationId, snapshot: Snapshot): void {
    const allocation = snapshot.allocation(id);
    if (allocation === undefined) return;
    const isClosing = allocation.node?.drain != null || allocation.cancel !== null || snapshot.spentBudgets.has(allocation.cluster);
    this.#change(id, (account, reading) => account.setClosing(isClosing, reading));
  }

  #noteStartUp(allocation: Allocation | undefined): void {
    if (allocation === undefined || allocation.startedAtMs === null || allocation.node === null) return;
    const startUpMs = Math.max(0, allocation.node.helloAtMs - allocation.startedAtMs);
    this.#shortestStartUpMs.set(
      allocation.cluster,
      Math.min(startUpMs, this.#shortestStartUpMs.get(allocation.cluster) ?? Number.POSITIVE_INFINITY),
    );
  }

  /** Changes the account of a node, and what its cluster counts of it. */
  #change(id: AllocationId, change: (account: AllocationAccount, reading: FreeTimeReading) => void): void {
    const account = this.#accounts.get(id);
    if (account === undefined) return;
    const cluster = this.#clusterOf(account);
    cluster.count(account, -1);
    change(account, cluster.clock.at(this.#atMs));
    cluster.count(account, 1);
  }

  #clusterOf(account: AllocationAccount): ClusterAccount {
    const known = this.#clusters.get(account.cluster);
    if (known !== undefined) return known;
    const cluster = new ClusterAccount(new FreeTime(this.#atMs));
    this.#clusters.set(account.cluster, cluster);
    return cluster;
  }

  #closeWhenDone(allocation: Allocation | undefined): void {
    const account = this.#accounts.get(allocation?.id ?? '');
    if (
      allocation === undefined ||
      account === undefined ||
      allocation.status !== 'ended' ||
      !allocation.isConfirmed ||
      account.hasHolds ||
      account.isServing
    )
      return;
    const bill = billOf(allocation, account, this.#clusterOf(account).clock.at(this.#atMs), this.#atMs);
    this.#reopen(allocation);
    this.#close(allocation.id, bill, allocation);
  }

  #close(id: AllocationId, bill: AllocationBill, allocation: Allocation | undefined): void {
    assert(allocation !== undefined, `the bill of ${id} is that of an allocation`);
    this.#closed.set(id, bill);
    this.#open.delete(id);
    this.#closedSum.add(allocation, bill);
  }

  /** The cluster corrects what it had confirmed. */
  #reopen(allocation: Allocation): void {
    const bill = this.#closed.get(allocation.id);
    if (bill === undefined) return;
    this.#closed.delete(allocation.id);
    this.#open.add(allocation.id);
    this.#closedSum.takeOff(allocation, bill);
  }
}

/** A run whose definition was removed while it executed leaves no record behind. */
function lostWithItsDefinition(atMs: number): AttemptOutcome {
  return {
    kind: 'lost',
    exitCode: null,
    signal: null,
    stopCause: null,
    startedAtMs: null,
    endedAtMs: atMs,
    checkpointAtMs: null,
    progress: null,
    detail: 'its node was lost',
  };
}
